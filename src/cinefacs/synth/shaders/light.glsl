// What lights a scene: a key light that casts shadows, a fill, a rim, and the sky all around.
uniform vec3 eye, key_dir, key, fill_dir, fill, rim_dir, rim, sky_up, sky_down, sky_side;
uniform sampler2D shadow_map;
uniform float shadow_soft, exposure;

float key_shadow(vec4 l, float bias) {
    vec3 p = l.xyz / l.w * .5 + .5;
    if (any(lessThan(p, vec3(0.))) || any(greaterThan(p, vec3(1.)))) return 1.;
    float lit = 0.;
    float turn = fract(sin(dot(floor(gl_FragCoord.xy), vec2(12.9898, 78.233))) * 43758.5453) * 1.57;
    mat2 r = mat2(cos(turn), sin(turn), -sin(turn), cos(turn)) * shadow_soft;
    vec2 taps[6] = vec2[](vec2(.2, .1), vec2(-.6, .4), vec2(.5, -.7), vec2(-.3, -.8), vec2(.9, .5), vec2(-.9, -.2));
    for (int i = 0; i < 6; i++) lit += texture(shadow_map, p.xy + r * taps[i]).r + bias > p.z ? 1. : 0.;
    return lit / 6.;
}

vec3 sky(vec3 n) {
    vec3 v = mix(sky_down, sky_up, n.y * .5 + .5);
    return mix(v, sky_side, .45 * (1. - abs(n.y)));
}

vec3 to_film(vec3 c) {
    c *= exposure;
    c = c * (2.51 * c + .03) / (c * (2.43 * c + .59) + .14);
    return pow(clamp(c, 0., 1.), vec3(1. / 2.2));
}

float ggx(float nh, float rough) {
    float a = rough * rough, d = nh * nh * (a * a - 1.) + 1.;
    return a * a / (3.14159 * d * d);
}
