/* Preloaded into the real nmap: its main is called once for each command line on standard input, in a fork of a process
 * in which everything up to main has already happened. Loading its libraries takes nmap longer than reading a line.
 *
 * In, per line: the number of words as text and a line feed, then the words, each ended by a NUL. Out, per line:
 * "STATUS OUT-BYTES ERROR-BYTES\n" and those bytes. A run of more than 120 seconds dies of SIGALRM (142). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int program(int, char **, char **);

static program *nmap;

static void stop(const char *why) {
  perror(why);
  _exit(70);
}

static void send_file(int file, long bytes) {
  static char buffer[65536];
  for (long at = 0; at < bytes;) {
    ssize_t count = pread(file, buffer, sizeof buffer, at);
    if (count <= 0) stop("pread");
    if (fwrite(buffer, 1, (size_t)count, stdout) != (size_t)count) stop("fwrite");
    at += count;
  }
}

static int run(int count, char **words, int out, int errors, char **environment) {
  pid_t child = fork();
  if (child < 0) stop("fork");
  if (child == 0) {
    if (freopen("/dev/null", "r", stdin) == NULL) stop("freopen");
    if (dup2(out, 1) < 0 || dup2(errors, 2) < 0) stop("dup2");
    close(out);
    close(errors);
    alarm(120);
    exit(nmap(count, words, environment));
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) stop("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int serve(int unused, char **unused_words, char **environment) {
  (void)unused;
  (void)unused_words;
  int count = 0;
  while (scanf("%d", &count) == 1) {
    if (count < 1 || count > 100000 || getchar() != '\n') stop("count");
    char **words = calloc((size_t)count + 1, sizeof *words);
    if (words == NULL) stop("calloc");
    for (int index = 0; index < count; index++) {
      size_t room = 0;
      ssize_t length = getdelim(&words[index], &room, 0, stdin);
      if (length < 1 || words[index][length - 1] != 0) stop("word");
    }
    int out = memfd_create("out", MFD_CLOEXEC), errors = memfd_create("errors", MFD_CLOEXEC);
    if (out < 0 || errors < 0) stop("memfd_create");
    int status = run(count, words, out, errors, environment);
    long bytes = lseek(out, 0, SEEK_END), error_bytes = lseek(errors, 0, SEEK_END);
    printf("%d %ld %ld\n", status, bytes, error_bytes);
    send_file(out, bytes);
    send_file(errors, error_bytes);
    /* A fork must not inherit, and print again, what is still in the buffer. */
    fflush(stdout);
    close(out);
    close(errors);
    for (int index = 0; index < count; index++) free(words[index]);
    free(words);
  }
  return 0;
}

int __libc_start_main(program *main, int argc, char **argv, program *init, void (*fini)(void), void (*rtld)(void),
                      void *end) {
  typeof(&__libc_start_main) real = (typeof(&__libc_start_main))dlsym(RTLD_NEXT, "__libc_start_main");
  if (real == NULL) stop("dlsym");
  nmap = main;
  return real(serve, argc, argv, init, fini, rtld, end);
}
