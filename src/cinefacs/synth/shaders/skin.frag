#version 330
in vec3 P, N, Q;
in vec2 U;
in vec4 L;
in float A;
flat in float part_;
out vec4 colour;
uniform sampler2D albedo_map, detail_map, wrinkles_a_map, wrinkles_b_map;
uniform vec4 wrinkles_a[2], wrinkles_b[2];  // strength on the left and on the right side
uniform float relief, wrinkle_depth, flush;
uniform vec3 limb;  // x: above 0 where limbs have this skin colour

#include "light.glsl"

vec3 bent(vec3 n, float h) {
    vec3 dx = dFdx(P), dy = dFdy(P);
    vec3 r1 = cross(dy, n), r2 = cross(n, dx);
    float det = dot(dx, r1);
    return normalize(abs(det) * n - sign(det) * (dFdx(h) * r1 + dFdy(h) * r2));
}

void main() {
    vec3 V = normalize(eye - P), n0 = normalize(N);
    if (!gl_FrontFacing) n0 = -n0;
    vec4 base = vec4(sqrt(limb), .4);
    vec4 fine = vec4(.5, 0., .1, 0.);
    vec4 wa = vec4(.5), wb = vec4(.5);
    if (part_ < .5) {
        base = texture(albedo_map, U);
        fine = texture(detail_map, U);
        wa = texture(wrinkles_a_map, U);
        wb = texture(wrinkles_b_map, U);
    }
    vec3 albedo = base.rgb * base.rgb;
    float left = smoothstep(-.06, .06, Q.x);
    float folds = dot(wa * 2. - 1., mix(wrinkles_a[1], wrinkles_a[0], left))
        + dot(wb * 2. - 1., mix(wrinkles_b[1], wrinkles_b[0], left));
    vec3 n1 = bent(n0, wrinkle_depth * folds + relief * (fine.r - .5));
    float cavity = clamp(1. + folds * .22 + (fine.r - .5) * .35, .5, 1.15);
    albedo *= mix(vec3(1.), vec3(1.05, .82, .80), flush * smoothstep(7.4, 6.9, Q.y) * .5);
    if (part_ > 6.5 && part_ < 7.5) { albedo = vec3(.22, .045, .04); base.a = .5; }

    float ao = A;
    float shadow = key_shadow(L, .010);
    float thin = fine.b;
    // Red light travels farthest under skin: it wraps more, and sees the smooth surface.
    vec3 red_n = normalize(mix(n1, n0, .65)), green_n = normalize(mix(n1, n0, .4));
    vec3 wrap = vec3(.42, .17, .10) * (.75 + .6 * thin);
    vec3 nl = vec3(dot(red_n, key_dir), dot(green_n, key_dir), dot(green_n, key_dir));
    vec3 diffuse = clamp((nl + wrap) / (1. + wrap), 0., 1.);
    diffuse *= diffuse * (3. - 2. * diffuse) * .35 + .65;
    vec3 shade = vec3(mix(.10, 1., shadow), shadow, shadow);
    shade = mix(shade, shade * shade * (3. - 2. * shade), .5);
    vec3 light = key * diffuse * shade;
    light += key * vec3(.9, .16, .08) * thin * pow(clamp(dot(-n0, key_dir), 0., 1.), 1.5) * .55;
    vec3 nf = vec3(dot(red_n, fill_dir), dot(green_n, fill_dir), dot(green_n, fill_dir));
    light += fill * clamp((nf + wrap) / (1. + wrap), 0., 1.) * ao;
    vec3 nr = vec3(dot(n1, rim_dir));
    light += rim * clamp((nr + wrap) / (1. + wrap), 0., 1.) * ao;
    // Light that bounces in a cavity of skin comes out redder.
    vec3 ao_colour = pow(vec3(ao), vec3(.72, 1., 1.08));
    light += sky(n1) * ao_colour;
    vec3 c = albedo * light * cavity;

    float nv = clamp(dot(n1, V), .04, 1.);
    float fresnel = pow(1. - nv, 5.);
    vec3 spec = vec3(0.);
    float gloss = base.a, rough = mix(.52, .34, gloss) ;
    vec3 dirs[3] = vec3[](key_dir, fill_dir, rim_dir);
    vec3 cols[3] = vec3[](key * shadow, fill * ao, rim * ao);
    for (int i = 0; i < 3; i++) {
        float l = max(dot(n1, dirs[i]), 0.);
        vec3 h = normalize(dirs[i] + V);
        float nh = max(dot(n1, h), 0.), f = .028 + .972 * pow(1. - max(dot(V, h), 0.), 5.);
        float lobes = .78 * ggx(nh, rough) + .22 * ggx(nh, rough * .48);
        spec += cols[i] * min(lobes * f * l / (4. * nv * max(l, .15) + .08), 3.);
    }
    spec += sky(reflect(-V, n1)) * (.022 + .30 * fresnel) * ao * ao;
    c += spec * gloss * mix(1., 1.7, fine.g) * cavity * cavity;
    if (part_ > 6.5 && part_ < 7.5) {
        float depth = smoothstep(1.38, 1.05, Q.z);
        c *= mix(.55, .06, depth);
    }
    colour = vec4(to_film(c), 1.);
}
