#version 330
in vec2 xy;
out vec2 U;
void main() {
    U = xy * .5 + .5;
    gl_Position = vec4(xy, .9999, 1.);
}
