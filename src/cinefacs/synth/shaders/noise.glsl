// Value noise without textures, after the integer-free hashes that are common in shaders.
float hash31(vec3 p) {
    p = fract(p * .1031);
    p += dot(p, p.zyx + 31.32);
    return fract((p.x + p.y) * p.z);
}

float noise3(vec3 x) {
    vec3 i = floor(x), f = fract(x);
    f = f * f * (3. - 2. * f);
    return mix(
        mix(mix(hash31(i), hash31(i + vec3(1, 0, 0)), f.x),
            mix(hash31(i + vec3(0, 1, 0)), hash31(i + vec3(1, 1, 0)), f.x), f.y),
        mix(mix(hash31(i + vec3(0, 0, 1)), hash31(i + vec3(1, 0, 1)), f.x),
            mix(hash31(i + vec3(0, 1, 1)), hash31(i + vec3(1, 1, 1)), f.x), f.y), f.z);
}

float fbm3(vec3 x) {
    return .5 * noise3(x) + .25 * noise3(x * 2.03 + 7.1) + .15 * noise3(x * 4.1 + 3.7)
        + .1 * noise3(x * 8.3 + 1.9);
}

// Distance to the nearest of one jittered point per cell, and that point's own random number.
vec2 cells3(vec3 x) {
    vec3 i = floor(x), f = fract(x);
    vec2 best = vec2(9., 0.);
    for (int a = -1; a <= 1; a++)
        for (int b = -1; b <= 1; b++)
            for (int c = -1; c <= 1; c++) {
                vec3 o = vec3(a, b, c);
                float h = hash31(i + o), k = hash31(i + o + 19.7), l = hash31(i + o + 41.3);
                float d = length(o + vec3(h, k, l) - f);
                if (d < best.x) best = vec2(d, fract(h * 7.31 + k * 3.17));
            }
    return best;
}

float bump(float x, float middle, float width) {
    float d = (x - middle) / width;
    return exp(-d * d);
}
