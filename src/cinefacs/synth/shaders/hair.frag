#version 330
in vec3 P, T, N, C;
in vec4 L;
out vec4 colour;
uniform vec3 hair, hair_tip;
uniform float curl, fineness, shine;

#include "noise.glsl"
#include "card.glsl"
#include "light.glsl"

vec2 strand_light(vec3 t, vec3 l, vec3 v, float shift) {
    // Kajiya and Kay: a hair reflects into a cone; two highlights, one white, one of its colour.
    float tl = dot(t, l), tv = dot(t, v);
    float sl = sqrt(max(0., 1. - tl * tl)), sv = sqrt(max(0., 1. - tv * tv));
    float s1 = max(0., sl * sv - (tl + shift) * tv), s2 = max(0., sl * sv - (tl - shift * 1.6) * tv);
    return vec2(pow(s1, 70.), pow(s2, 22.));
}

void main() {
    if (!is_hair(C, curl, fineness)) discard;
    vec3 V = normalize(eye - P), n = normalize(N);
    vec3 t = normalize(T);
    float strand = noise3(vec3(C.x * fineness, C.y * 2., C.z * 57.));
    vec3 albedo = mix(hair, hair_tip, C.y) * (.55 + .75 * strand) * (.8 + .4 * C.z);
    float root = mix(.42, 1., smoothstep(.0, .45, C.y));
    float shadow = mix(.25, 1., key_shadow(L, .020));
    float nl = clamp((dot(n, key_dir) + .35) / 1.35, 0., 1.);
    vec2 s = strand_light(t, key_dir, V, .10 + .12 * (strand - .5));
    vec3 c = albedo * (key * nl * shadow + (sky(n) + fill * clamp(dot(n, fill_dir) + .3, 0., 1.)) * root * .85);
    c += key * nl * shadow * shine * (s.x * vec3(.10) + s.y * (albedo + .02) * .9) * root;
    vec2 r = strand_light(t, rim_dir, V, .1);
    float rim_l = clamp(dot(n, rim_dir) * .7 + .3, 0., 1.);
    c += rim * (albedo * .6 + shine * .12 * r.y + .5 * albedo * r.y) * rim_l;
    colour = vec4(to_film(c), 1.);
}
