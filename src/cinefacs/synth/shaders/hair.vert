#version 330
// A card of hairs. It follows the head as far as its weight says, and the body for the rest.
in vec3 pos, tangent, outward;
in vec4 card;      // across 0..1, along 0..1, random 0..1, weight of the head
uniform mat4 body_pose, head_pose, view_proj, light_proj;
out vec3 P, T, N;
out vec3 C;
out vec4 L;
void main() {
    vec4 p = mix(body_pose * vec4(pos, 1.), head_pose * vec4(pos, 1.), card.w);
    P = p.xyz;
    T = mat3(head_pose) * tangent;
    N = mat3(head_pose) * outward;
    C = card.xyz;
    L = light_proj * p;
    gl_Position = view_proj * p;
}
