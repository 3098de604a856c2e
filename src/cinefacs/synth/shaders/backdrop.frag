#version 330
// A picture far behind the people, seen through a window that follows the camera.
in vec2 U;
out vec4 colour;
uniform sampler2D picture;
uniform vec4 window;    // left, bottom, width, height in the picture, 0 to 1
void main() { colour = vec4(texture(picture, window.xy + U * window.zw).rgb, 1.); }
