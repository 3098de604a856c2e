// How much of the scalp is covered by hair at a place of the base mesh, 0 to 1.
// `line` lifts the front hair line (dm). The same function stands in people/hair.py for the roots.
float scalp_cover(vec3 q, float line, float ragged) {
    float a = abs(q.x);
    float front = 7.93 + line - .55 * a * a + .09 * (ragged - .5);
    // Temple and side: from the corner of the front line down before the ear.
    float side_z = .82 + .10 * (ragged - .5) + .35 * smoothstep(7.5, 7.95, q.y);
    float above = smoothstep(-.05, .07, q.y - front);
    float behind = smoothstep(.06, -.06, q.z - side_z) * smoothstep(6.95, 7.1, q.y + .25 * smoothstep(.5, .0, q.z));
    float nape = smoothstep(.25, .0, q.z) * smoothstep(6.45, 6.75, q.y);
    float ear = smoothstep(.66, .72, a) * step(q.y, 7.42) * step(.15, q.z) * step(q.z, .75);
    return clamp(max(max(above, behind), nape) - ear, 0., 1.);
}
