#version 330
in vec3 P, N, Q;
in vec2 U;
in vec4 L;
in float A;
flat in float part_;
out vec4 colour;
uniform vec3 centre[2], rest_centre[2];
uniform mat3 gaze[2];       // turns from the eyeball's rest to where it looks
uniform mat3 head;          // turns from the head's rest
uniform vec4 lids[2];       // upper margin, lower margin (eyeball radii above the centre), inner x, outer x
uniform vec3 iris, iris_rim, sclera;
uniform float pupil, iris_size, radius, veins, wet;

#include "noise.glsl"
#include "light.glsl"

void main() {
    int side = part_ < 1.5 ? 0 : 1;
    vec3 V = normalize(eye - P);
    vec3 d = normalize(Q - rest_centre[side]);            // on the eyeball, looking along +z
    vec3 n = normalize(head * gaze[side] * d);
    float angle = acos(clamp(d.z, -1., 1.));
    float round_ = atan(d.y, d.x);

    float ring = smoothstep(iris_size + .035, iris_size - .035, angle);
    vec3 white = sclera * (1. - .22 * smoothstep(.55, 1.1, angle));
    float vein = smoothstep(.58, .75, noise3(vec3(round_ * 6., angle * 9., 2.)) * .6
        + noise3(vec3(round_ * 17., angle * 16., 5.)) * .4);
    white *= mix(vec3(1.), vec3(.92, .62, .58), veins * vein * smoothstep(.6, 1.05, angle));
    white = mix(white, white * vec3(.95, .70, .66), smoothstep(.95, 1.3, angle));

    // The iris lies behind the cornea: it is seen a little deeper, and lit from the far side.
    vec3 view = transpose(head * gaze[side]) * V;
    vec2 flat_ = d.xy - view.xy * .035 * ring;
    float r = length(flat_) / sin(iris_size), phi = atan(flat_.y, flat_.x);
    float fibres = noise3(vec3(phi * 14., r * 2.5, 3.)) * .6 + noise3(vec3(phi * 37., r * 4., 8.)) * .4;
    vec3 iris_c = mix(iris, iris_rim, smoothstep(.45, 1.0, r)) * (.55 + .85 * fibres);
    iris_c = mix(iris_c, iris * vec3(1.5, 1.25, .8) * (.6 + .6 * fibres), bump(r, pupil + .14, .12) * .5);
    vec3 key_local = transpose(head * gaze[side]) * key_dir;
    iris_c *= 1. + 1.1 * clamp(dot(normalize(flat_ + 1e-4), -normalize(key_local.xy + 1e-4)), 0., 1.) * smoothstep(.35, .9, r);
    iris_c *= 1. - .75 * smoothstep(.78, 1.02, r);
    iris_c = mix(vec3(.004), iris_c, smoothstep(pupil - .05, pupil + .05, r));
    vec3 albedo = mix(white, iris_c, ring);

    // The lids cover the ball closely: shadow under the upper one, darkness in the corners.
    vec3 local = transpose(head) * (P - centre[side]) / radius;
    float under = lids[side].x - local.y, over = local.y - lids[side].y;
    float lid = smoothstep(-.08, .62, under) * smoothstep(-.15, .30, over);
    float corner = smoothstep(1.05, .55, abs(local.x));
    float occ = mix(.34, 1., lid) * mix(.6, 1., corner);

    float shadow = key_shadow(L, .012);
    float nl = clamp((dot(n, key_dir) + .25) / 1.25, 0., 1.);
    vec3 light = key * nl * mix(.25, 1., shadow) * mix(.45, 1., lid) + sky(n) * occ
        + fill * clamp((dot(n, fill_dir) + .25) / 1.25, 0., 1.) * occ;
    vec3 c = albedo * light * mix(1., occ, .6);

    // Wet surface: the cornea bulges, so its highlight sits on the iris.
    vec3 bulge = normalize(head * gaze[side] * normalize(d + vec3(d.xy * .55 * ring, 0.)));
    vec3 mirror = reflect(-V, bulge);
    float nv = clamp(dot(bulge, V), 0., 1.), f = .03 + .97 * pow(1. - nv, 5.);
    vec3 h = normalize(key_dir + V), h2 = normalize(fill_dir + V);
    float spark = smoothstep(.992, .9965, dot(mirror, key_dir));   // a soft box, not a point
    float spark2 = smoothstep(.985, .994, dot(mirror, fill_dir));
    c += (key * (spark * 1.25 + .05 * ggx(max(dot(bulge, h), 0.), .22)) * mix(.3, 1., shadow)
        + fill * (spark2 * .5 + .04 * ggx(max(dot(bulge, h2), 0.), .25))) * occ * wet;
    c += sky(mirror) * f * .55 * occ;
    float tear = bump(local.y, lids[side].y + .10, .07) * smoothstep(.9, .4, abs(local.x));
    c += sky(vec3(0., 1., 0.)) * .10 * tear * wet;
    colour = vec4(to_film(c), 1.);
}
