#version 330
in vec3 pos;
uniform mat4 model, light_proj;
void main() { gl_Position = light_proj * model * vec4(pos, 1.); }
