#version 330
in vec3 pos, nrm;
in vec3 rest;
in vec2 uv;
in float part, ao;
uniform mat4 model, view_proj, light_proj;
out vec3 P, N, Q;
out vec2 U;
out vec4 L;
out float A;
flat out float part_;
void main() {
    vec4 p = model * vec4(pos, 1.);
    P = p.xyz;
    N = mat3(model) * nrm;
    Q = rest;
    U = uv;
    A = ao;
    part_ = part;
    L = light_proj * p;
    gl_Position = view_proj * p;
}
