#version 330
// Fills places that no surface covers from their neighbours, so that filtering finds no holes.
in vec2 U;
layout(location = 0) out vec4 a;
layout(location = 1) out vec4 b;
layout(location = 2) out vec4 c;
layout(location = 3) out vec4 d;
uniform sampler2D albedo, detail, first, second;
uniform float texel;
void main() {
    vec2 at = U;
    if (texture(albedo, at).a == 0.) {
        for (int k = 1; k <= 6; k++)
            for (int s = 0; s < 8; s++) {
                float t = float(s) * .7854;
                vec2 p = U + vec2(cos(t), sin(t)) * texel * float(k);
                if (texture(albedo, at).a == 0. && texture(albedo, p).a > 0.) at = p;
            }
    }
    a = texture(albedo, at);
    b = texture(detail, at);
    c = texture(first, at);
    d = texture(second, at);
}
