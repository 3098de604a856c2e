#version 330
in vec3 P, T, N, C;
in vec4 L;
uniform float curl, fineness;

#include "noise.glsl"
#include "card.glsl"

void main() { if (!is_hair(C, curl, fineness)) discard; }
