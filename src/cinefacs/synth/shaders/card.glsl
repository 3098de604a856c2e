// Whether a place on a card of hairs is hair: many strands at the root, few at the tip.
bool is_hair(vec3 card, float curl, float fineness) {
    float bend = curl * .12 * sin(card.y * 20. + card.z * 40.);
    float x = card.x + bend;
    float strand = noise3(vec3(x * fineness, card.y * 1.6, card.z * 57.));
    float edge = smoothstep(0., .16, card.x) * smoothstep(1., .84, card.x);
    float need = mix(.20, .86, card.y * card.y) + .45 * (1. - edge);
    return strand > need;
}
