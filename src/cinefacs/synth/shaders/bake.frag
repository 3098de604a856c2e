#version 330
// Paints the skin of one person: colour, fine relief, and the relief of eight wrinkle patterns.
// Places are in the space of the base mesh (dm), so they follow every face shape.
in vec3 Q;
in vec2 T;
layout(location = 0) out vec4 albedo;   // colour (square root), gloss
layout(location = 1) out vec4 detail;   // pores, lips, thinness, hair on skin
layout(location = 2) out vec4 wrinkles_a;
layout(location = 3) out vec4 wrinkles_b;
uniform sampler2D lips_map, lids_map, ears_map;
uniform vec3 skin, lip, hair, scalp_hair;
uniform float seed, redness, freckles, moles, spots, stubble, beard, brow_density, brow_thick,
    brow_arch, brow_lift, lines, hair_amount, hair_line, pores, under_eye, makeup, wrinkle_shift,
    wrinkle_wave;

#include "noise.glsl"
#include "hairline.glsl"

float brow_cover(vec3 q) {
    float a = abs(q.x), side = q.x > 0. ? 0. : 31.;
    float t = clamp((a - .095) / .455, 0., 1.);
    float middle = 7.455 + brow_lift + (.052 + .026 * brow_arch) * sin(t * 2.4) - .035 * t;
    float thick = mix(.040, .012, t * t) * brow_thick;
    float across = (q.y - middle) / thick;
    float inside = smoothstep(1.25, .55, abs(across))
        * smoothstep(.075, .15, a) * smoothstep(.575, .47, a) * smoothstep(.85, 1.0, q.z);
    // Hairs stand up at the root end and lie flat at the tail.
    float lean = mix(1.15, .12, smoothstep(.0, .45, t)) * (across > 0. ? 1. : .75);
    vec2 along = vec2(a - (q.y - middle) / max(tan(lean + .12), .15), q.y - middle + a * .12 * t);
    float hairs = .55 * noise3(vec3(along.x * 120., along.y * 22., seed + side))
        + .45 * noise3(vec3(along.x * 210., along.y * 34., seed + 9. + side));
    float fill = smoothstep(.34, .62, hairs + .32 * (brow_density - .5));
    return inside * mix(.35, 1., fill) * smoothstep(.0, .3, brow_density + .2);
}

// Relief of the wrinkle patterns, about -1 to 1.
void wrinkle_relief(vec3 q0, out vec4 first, out vec4 second) {
    vec3 q = q0 + vec3(0., wrinkle_shift, 0.)
        + wrinkle_wave * .03 * (vec3(noise3(q0 * 5. + seed), noise3(q0 * 5. + seed + 5.), .5) - .5);
    float a = abs(q.x);
    float front = smoothstep(.85, 1.12, q.z);
    float wob = .035 * (noise3(vec3(q.x * 4., seed, 1.)) - .5) + .012 * noise3(vec3(q.x * 14., seed, 2.));
    float fore = front * bump(q.y, 7.80, .13);
    float rows = sin((q.y + wob) * 92.) * (.7 + .5 * noise3(vec3(q.x * 6., q.y * 12., seed)));
    float inner = fore * rows * bump(a, 0., .28);
    float outer = fore * rows * bump(a, .45, .22);
    float glabella = -front * bump(q.y, 7.56, .085)
        * (bump(a, .072 + .01 * sin(q.y * 20.), .020) * 1.1 + .4 * bump(a, 0., .014))
        + .35 * front * bump(q.y, 7.60, .1) * bump(a, .115, .03);
    float crow_area = bump(q.y, 7.27, .11) * smoothstep(.49, .55, a) * smoothstep(.76, .62, a);
    float crow = crow_area * sin(atan(q.y - 7.27, max(a - .40, .02)) * 24. + seed)
        - .9 * front * bump(q.y, 7.13 + .3 * (a - .33) * (a - .33), .016) * bump(a, .34, .11);
    float fold_x = .212 + .30 * (6.99 - q.y);
    float fold = smoothstep(6.58, 6.70, q.y) * smoothstep(7.06, 6.93, q.y) * smoothstep(.98, 1.12, q.z);
    float nasolabial = -bump(a, fold_x, .022) * fold + .4 * bump(a, fold_x + .06, .05) * fold;
    float nose = front * bump(q.y, 7.30, .11) * bump(a, .055, .06) * sin(q.y * 105. + a * 55. + wob * 60.);
    float chin = front * bump(q.y, 6.42, .085) * bump(a, 0., .17) * (noise3(q * 36. + seed) - .5) * 2.;
    float mouth = front * (-bump(a, .30 + .03 * sin(q.y * 30.), .016) * bump(q.y, 6.60, .07)
        - .6 * bump(q.y, 6.50 - .25 * a * a, .018) * bump(a, 0., .2));
    first = vec4(inner, outer, glabella, crow);
    second = vec4(nasolabial, nose, chin, mouth);
}

void main() {
    vec3 q = Q;
    float a = abs(q.x);
    float lips = texture(lips_map, T).r, lids = texture(lids_map, T).r, ears = texture(ears_map, T).r;
    float front = smoothstep(.45, .95, q.z);

    float wide = fbm3(q * 3.1 + seed), fine = fbm3(q * 17. + seed), grain = noise3(q * 75. + seed);
    vec3 colour = skin * (.76 + .20 * wide + .18 * fine + .10 * grain);
    colour *= mix(vec3(1.), vec3(1.04, .97, .93), smoothstep(.45, .65, fbm3(q * 6. + seed + 4.)));

    // Blood near the surface, and the three zones of a face: gold, red, grey.
    float cheek = bump(length(vec2(a - .43, (q.y - 6.97) * .85)), 0., .24) * front;
    float nose = bump(length(vec2(q.x, (q.y - 6.97) * .9)), 0., .12) * smoothstep(1.1, 1.3, q.z);
    float chin = bump(length(vec2(q.x, q.y - 6.36)), 0., .14) * front;
    float blood = (.75 * cheek + .8 * nose + .35 * chin + .8 * ears) * (.7 + .6 * fine);
    colour *= mix(vec3(1.), vec3(1.05, .80, .76), clamp(redness * blood, 0., 1.));
    colour *= mix(vec3(1.), vec3(1.03, 1.0, .90), .6 * bump(q.y, 7.85, .25) * front);
    float socket = bump(length(vec2((a - .315) * .8, (q.y - 7.30) * 1.15)), 0., .155) * front;
    colour *= mix(vec3(1.), vec3(.88, .79, .80), .55 * socket + .35 * lids);
    float bag = bump(length(vec2((a - .29) * .75, (q.y - 7.13) * 2.1)), 0., .11) * front;
    colour *= mix(vec3(1.), vec3(.84, .77, .84), under_eye * bag);
    colour = mix(colour, colour * vec3(.55, .32, .45), makeup * .8 * smoothstep(.2, .9, lids));

    // Freckles, moles, the spots of age or youth.
    if (freckles > .02) {
        vec2 c = cells3(q * 30. + seed);
        float area = bump(length(vec2(max(a - .25, 0.), (q.y - 7.02) * .8)), 0., .30) * front + .15;
        float dot_ = smoothstep(.42, .15, c.x) * step(c.y, freckles * area);
        colour *= mix(vec3(1.), vec3(.72, .58, .48), .75 * dot_);
    }
    vec2 mole = cells3(q * 3.3 + seed * 3.);
    float mole_ = smoothstep(.085, .05, mole.x) * step(mole.y, moles);
    colour = mix(colour, skin * vec3(.34, .24, .20), .85 * mole_);
    vec2 spot = cells3(q * 9. + seed * 5.);
    colour *= mix(vec3(1.), vec3(1.05, .70, .68), step(spot.y, spots) * smoothstep(.28, .05, spot.x) * .8);

    float cracks = noise3(vec3(q.x * 55., q.y * 9., seed)) * .6 + noise3(vec3(q.x * 120., q.y * 20., seed)) * .4;
    float lips_soft = smoothstep(.12, .75, lips + .18 * (fine - .5));
    vec3 lip_colour = lip * (.80 + .30 * cracks) * (.88 + .24 * fine);
    colour = mix(colour, lip_colour, lips_soft * .88);
    float seam = bump(q.y, 6.645, .018) * lips_soft;
    colour *= 1. - .25 * seam;

    // Hair on the skin: beard shadow, brows, the short hair of the scalp.
    float jaw = smoothstep(6.99, 6.80, q.y + .28 * smoothstep(.30, .70, a) * -1. + .10 * wide)
        * smoothstep(5.95, 6.2, q.y) * smoothstep(.35, .75, q.z) * (1. - smoothstep(.1, .5, lips));
    jaw *= 1. - .75 * bump(length(vec2(a - .12, q.y - 6.50)), 0., .06);
    jaw *= 1. - bump(length(vec2(a * .6, q.y - 6.98)), 0., .07);
    float whisker = noise3(q * 150. + seed) * .6 + noise3(q * vec3(90., 60., 90.) + seed) * .4;
    float shade = stubble * jaw * (.32 + .30 * smoothstep(.42, .70, whisker));
    colour = mix(colour, mix(colour * vec3(.55, .56, .60), hair, .45), clamp(shade, 0., .85));
    float strands = noise3(vec3(q.x * 90., q.y * 26., q.z * 90.) + seed);
    float beard_ = beard * smoothstep(.15, .7, jaw * (.7 + .5 * strands));
    colour = mix(colour, hair * (.4 + .4 * strands) + skin * .06, .80 * beard_);
    float brow = brow_cover(q);
    colour = mix(colour, hair * .5 + skin * .03, .93 * brow);  // brows are darker than hair
    float scalp = scalp_cover(q, hair_line, noise3(q * 11. + seed)) * hair_amount;
    float scalp_hairs = noise3(vec3(q.x * 120., q.y * 40., q.z * 80.) + seed);
    scalp = smoothstep(.15, .85, scalp * (.72 + .55 * scalp_hairs));
    colour = mix(colour, scalp_hair * (.5 + .5 * scalp_hairs) + skin * .02, .94 * scalp);

    // Fine relief: pores by cells, larger on nose and cheeks; none on lips.
    vec2 pore = cells3(q * 62. + seed);
    float oily = .55 + .45 * nose + .25 * cheek + .3 * bump(q.y, 7.75, .2) * front;
    float relief = .5 + pores * .32 * (smoothstep(.05, .5, pore.x) - .75) * oily
        + .16 * (noise3(q * 130. + seed) - .5) + .10 * (fine - .5) * lines;
    relief = mix(relief, .5 + .45 * (cracks - .5), lips_soft);
    relief += .35 * beard_ * (strands - .4) + .25 * brow * (.5 - strands) + .3 * scalp * (scalp_hairs - .5);
    float gloss = mix(.42 + .38 * oily * (.6 + .5 * fine), .95, lips_soft * .8);
    gloss *= (1. - .75 * brow) * (1. - .7 * beard_) * (1. - .8 * scalp) * (1. - .3 * shade);
    float thin = clamp(.9 * ears + .45 * smoothstep(1.25, 1.42, q.z) + .25 * lips_soft, 0., 1.);

    albedo = vec4(sqrt(clamp(colour, 0., 1.)), gloss);
    detail = vec4(clamp(relief, 0., 1.), lips_soft, thin, clamp(brow + scalp + beard_, 0., 1.));
    vec4 first, second;
    wrinkle_relief(q, first, second);
    wrinkles_a = first * .5 + .5;
    wrinkles_b = second * .5 + .5;
}
