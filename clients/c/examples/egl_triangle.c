/* SPDX-License-Identifier: MIT
 * Draws a turning triangle with OpenGL ES 3 and no window (surfaceless EGL), and reads it back into the memory of the
 * daemon. OpenGL's first row is the lowest, so bottom_up is set. Runs until Ctrl-C, and reconnects.
 * gcc -std=gnu11 -O2 -Wall -Wextra -I.. egl_triangle.c -o egl_triangle -lEGL -lGLESv2
 * ./egl_triangle [SOCKET]
 */
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

#include "cubestream_frames.h"

static int fail(const char *what) {
  fprintf(stderr, "egl_triangle: %s: EGL error 0x%x\n", what, (unsigned)eglGetError());
  return 0;
}

/* Makes a context of OpenGL ES 3 current that has no surface. Returns 0 on failure. */
static int make_context(void) {
  static const EGLint config_wishes[] = {EGL_SURFACE_TYPE, 0, EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_NONE};
  static const EGLint context_wishes[] = {EGL_CONTEXT_CLIENT_VERSION, 3, EGL_NONE};
  EGLDisplay display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
  EGLContext context = EGL_NO_CONTEXT;
  EGLConfig config = NULL;
  EGLint count = 0;
  if (display == EGL_NO_DISPLAY) display = eglGetDisplay(EGL_DEFAULT_DISPLAY); /* drivers other than Mesa */
  if (!eglInitialize(display, NULL, NULL)) return fail("eglInitialize");
  eglBindAPI(EGL_OPENGL_ES_API);
  if (!eglChooseConfig(display, config_wishes, &config, 1, &count) || count == 0) return fail("eglChooseConfig");
  context = eglCreateContext(display, config, EGL_NO_CONTEXT, context_wishes);
  if (context == EGL_NO_CONTEXT) return fail("eglCreateContext");
  return eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context) ? 1 : fail("eglMakeCurrent");
}

static GLuint compile(GLenum type, const char *text) {
  const GLuint shader = glCreateShader(type);
  glShaderSource(shader, 1, &text, NULL);
  glCompileShader(shader);
  return shader;
}

/* Makes the program current. Returns the location of its angle, or -1. */
static GLint make_program(void) {
  const GLuint program = glCreateProgram();
  glAttachShader(program, compile(GL_VERTEX_SHADER,
                                  "#version 300 es\n"
                                  "uniform float angle;\n"
                                  "out vec3 colour;\n"
                                  "void main() {\n"
                                  "  float a = angle + float(gl_VertexID) * 2.0943951;\n"
                                  "  gl_Position = vec4(0.8 * sin(a), 0.8 * cos(a), 0.0, 1.0);\n"
                                  "  colour = vec3(gl_VertexID == 0, gl_VertexID == 1, gl_VertexID == 2);\n"
                                  "}\n"));
  glAttachShader(program, compile(GL_FRAGMENT_SHADER,
                                  "#version 300 es\n"
                                  "precision mediump float;\n"
                                  "in vec3 colour;\n"
                                  "out vec4 pixel;\n"
                                  "void main() { pixel = vec4(colour, 1.0); }\n"));
  glLinkProgram(program);
  glUseProgram(program);
  return glGetUniformLocation(program, "angle");
}

/* Serves one connection until it ends. Returns 1 if the reason may pass. */
static int serve(cs_screen *screen, GLuint renderbuffer, GLint angle) {
  uint32_t width = 0, height = 0;
  cs_request request;
  int wanted = 0;
  while ((wanted = cs_wait(screen, &request, -1)) >= 0) {
    if (!wanted) continue;
    const cs_frame frame = cs_begin(screen);
    if (frame.width != width || frame.height != height) {
      width = frame.width;
      height = frame.height;
      glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, (GLsizei)width, (GLsizei)height);
      glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, renderbuffer);
      glViewport(0, 0, (GLsizei)width, (GLsizei)height);
    }
    glClear(GL_COLOR_BUFFER_BIT);
    glUniform1f(angle, (float)request.time);
    glDrawArrays(GL_TRIANGLES, 0, 3);
    glPixelStorei(GL_PACK_ROW_LENGTH, (GLint)(frame.stride[0] / 4)); /* the stride of RGBA is a multiple of 4 bytes */
    glReadPixels(0, 0, (GLsizei)width, (GLsizei)height, GL_RGBA, GL_UNSIGNED_BYTE, frame.data[0]);
    cs_show(screen, &frame);
  }
  fprintf(stderr, "egl_triangle: %s\n", cs_error(screen));
  return cs_may_retry(screen);
}

int main(int argc, char **argv) {
  const struct timespec pause = {1, 0};
  GLuint framebuffer = 0, renderbuffer = 0;
  GLint angle = -1;
  cs_options options;
  char error[512];
  int may_retry = 1;

  if (!make_context()) return 1;
  angle = make_program();
  if (angle < 0) {
    fprintf(stderr, "egl_triangle: the shaders do not compile\n");
    return 1;
  }
  glGenRenderbuffers(1, &renderbuffer);
  glGenFramebuffers(1, &framebuffer);
  glBindRenderbuffer(GL_RENDERBUFFER, renderbuffer);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
  glClearColor(0.1f, 0.1f, 0.15f, 1.0f);

  memset(&options, 0, sizeof options);
  options.path = argc > 1 ? argv[1] : NULL;
  options.name = "egl_triangle";
  options.format = CS_RGBA;
  options.bottom_up = 1;
  while (may_retry) {
    cs_screen *screen = cs_connect(&options, error, sizeof error);
    if (screen) {
      may_retry = serve(screen, renderbuffer, angle);
    } else {
      may_retry = errno == EAGAIN;
      fprintf(stderr, "egl_triangle: %s\n", error);
    }
    cs_close(screen);
    if (may_retry) nanosleep(&pause, NULL);
  }
  return 1;
}
