#version 330
// Draws the head's surface flat into its texture; where two parts share a place the outer one wins.
in vec3 rest;
in vec2 uv;
in vec2 place;
uniform float shift;
out vec3 Q;
out vec2 T;
void main() {
    Q = rest;
    T = place;
    float radius = length(vec2(rest.x, rest.z - .35));
    gl_Position = vec4((uv.x + shift) * 2. - 1., uv.y * 2. - 1., .9 - radius * .5, 1.);
}
