#version 330
// Teeth, tongue, lashes, clothes, and solid things such as glasses, hats and props.
in vec3 P, N, Q;
in vec2 U;
in vec4 L;
in float A;
flat in float part_;
out vec4 colour;
uniform vec3 cloth, cloth_second, trousers, lashes, thing;
uniform float pattern, neck_line, neck_dip, neck_v, sleeve, thing_gloss, thing_alpha, seed, mouth_dark;

#include "noise.glsl"
#include "light.glsl"

vec3 cloth_colour(vec3 q, out float relief) {
    float weave = noise3(q * vec3(90., 90., 90.) + seed);
    float folds = fbm3(q * vec3(2.2, 1.3, 2.2) + seed);
    relief = .6 * weave + 1.2 * folds;
    vec3 c = cloth;
    if (pattern > .5 && pattern < 1.5) c = mix(cloth, cloth_second, step(.5, fract(q.y * 2.6)));
    if (pattern > 1.5 && pattern < 2.5) {
        float x = step(.55, fract(q.x * 1.9)), y = step(.55, fract(q.y * 1.9));
        c = mix(cloth, cloth_second, .5 * x + .5 * y);
    }
    if (pattern > 2.5 && pattern < 3.5) {       // knit
        float k = abs(fract(q.x * 11. + .25 * step(.5, fract(q.y * 7.))) - .5) * 2.;
        c = cloth * (.75 + .35 * k);
        relief += .8 * k;
    }
    if (pattern > 3.5) c = mix(cloth, cloth_second, smoothstep(.5, .56, fbm3(q * 2.7 + seed * 2.)));
    if (q.y < .35) c = trousers;
    if (q.y < -7.45) c = vec3(.03);
    return c * (.82 + .28 * folds + .12 * weave);
}

void main() {
    vec3 V = normalize(eye - P), n = normalize(N);
    if (!gl_FrontFacing) n = -n;
    vec3 albedo = thing;
    float gloss = thing_gloss, rough = .35, dark = 1., alpha = thing_alpha;
    if (part_ > 2.5 && part_ < 3.5) {           // teeth: darker to the back, lines between them
        float gap = smoothstep(.0, .10, abs(fract(atan(Q.x, Q.z - .95) * 6.2 + .5) - .5));
        albedo = vec3(.66, .60, .50) * mix(.6, 1., gap);
        gloss = .7; rough = .25; dark = mouth_dark * smoothstep(1.02, 1.42, Q.z);
    } else if (part_ > 3.5 && part_ < 4.5) {
        albedo = vec3(.42, .13, .12) * (.8 + .4 * noise3(Q * 50.));
        gloss = .6; rough = .3; dark = mouth_dark * smoothstep(.9, 1.40, Q.z) * .8;
    } else if (part_ > 4.5 && part_ < 5.5) {    // lashes: a comb of hairs that thins to the tips
        float x = U.x * 17. + U.y * 1.6 * U.x, hairs = abs(fract(x) - .5) * 2.;
        float long_ = (.5 + .4 * noise3(vec3(floor(x) * 7.3, 1., seed))) * (Q.y < 7.285 ? .42 : 1.);
        if (U.y > long_ || hairs > mix(.75, .05, U.y / long_)) discard;
        albedo = lashes; gloss = .05;
    } else if (part_ > 5.5 && part_ < 6.5) {
        // The neck line is an ellipse around the neck, deeper in front; or a point.
        float deep = neck_dip + (neck_dip * 1.3 + .12) * smoothstep(.25, .75, Q.z);
        float wide = neck_line * (1. - .12 * smoothstep(.2, -.2, Q.z));
        float arm = abs(Q.x), down = 6.02 - Q.y;
        float rim = length(vec2(arm / wide, max(down, 0.) / deep));
        float point_ = arm / wide * .9 + down / (deep + neck_v);
        if (neck_v > .01 && Q.z > .2) rim = min(rim, point_);
        if (rim < 1. || arm > sleeve) discard;
        float cut = (rim - 1.) * min(wide, deep);
        float relief;
        albedo = cloth_colour(Q, relief);
        float hem = smoothstep(.075, .065, cut);
        albedo *= mix(1., .78, hem) * mix(1., .8 + .3 * step(.5, fract(atan(Q.x, Q.z - .1) * 30.)), hem);
        vec3 dx = dFdx(P), dy = dFdy(P);
        vec3 r1 = cross(dy, n), r2 = cross(n, dx);
        float det = dot(dx, r1), h = .045 * relief;
        n = normalize(abs(det) * n - sign(det) * (dFdx(h) * r1 + dFdy(h) * r2) * .6);
        gloss = .06; rough = .7;
    }
    if (part_ > 7.5 && part_ < 8.5 && thing_gloss < .1) {   // a hat is woven
        float rib = abs(fract(atan(Q.x, Q.z - .3) * 14.) - .5) * 2.;
        albedo *= .72 + .22 * rib + .22 * noise3(Q * 80.);
    }
    float shadow = key_shadow(L, .012);
    float wrap = part_ > 4.5 ? .12 : .3;
    vec3 light = key * clamp((dot(n, key_dir) + wrap) / (1. + wrap), 0., 1.) * shadow
        + fill * clamp((dot(n, fill_dir) + wrap) / (1. + wrap), 0., 1.) * A
        + rim * clamp((dot(n, rim_dir) + wrap) / (1. + wrap), 0., 1.) * A + sky(n) * A;
    vec3 c = albedo * light * dark;
    vec3 h = normalize(key_dir + V);
    float f = .04 + .96 * pow(1. - clamp(dot(n, V), 0., 1.), 5.);
    c += gloss * (key * shadow * min(ggx(max(dot(n, h), 0.), rough), 6.) * .06
        + sky(reflect(-V, n)) * f * .6) * dark;
    if (part_ > 8.5) {                          // a lens: mostly what it mirrors
        vec3 m = reflect(-V, n);
        float window = smoothstep(.55, .75, m.y) * smoothstep(.95, .85, m.y) + .15;
        c = sky(m) * window + key * .25 * smoothstep(.97, .99, dot(m, key_dir));
        alpha = clamp(thing_alpha + .5 * f + .10 * window, 0., 1.);
        c = mix(c, thing * sky(n) * .4, thing_alpha);
    }
    colour = vec4(to_film(c), alpha);
}
