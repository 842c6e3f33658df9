/* What the C library's getopt_long_only makes of command lines, in one line of text for each:
 *   name[=argument] of every option, each ended by \x01, then \x02, then every operand ended by \x01; or "E".
 *
 * As a program (-DPROGRAM): reads the option table from the file in argv[1] (lines of "name kind", kind 0 to 2; the
 * first line is the string of short options), then command lines from standard input: words ended by \0, lines by \n.
 * As a library to preload: tells the tokens of the line that nmap got and ends before nmap does anything with them.
 * Words hold neither \n nor \x01 nor \x02.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*getopt_function)(int, char *const *, const char *, const struct option *, int *);

static void tell(FILE *out, getopt_function get, int argc, char **argv, const char *letters, const struct option *names) {
  static char buffer[1 << 22];
  size_t used = 0;
  int index, found;
  opterr = 0;
  optind = 0; /* glibc then starts afresh */
#define ADD(text) do { size_t n = strlen(text); if (used + n + 2 > sizeof buffer) abort(); memcpy(buffer + used, text, n); used += n; } while (0)
  for (;;) {
    index = -1;
    optarg = NULL;
    found = get(argc, argv, letters, names, &index);
    if (found == -1) break;
    if (found == '?') {
      fputs("E\n", out);
      return;
    }
    if (index >= 0) {
      ADD("--");
      ADD(names[index].name);
    } else {
      char letter[3] = {'-', (char) found, 0};
      ADD(letter);
    }
    if (optarg != NULL) {
      ADD("=");
      ADD(optarg);
    }
    buffer[used++] = '\x01';
  }
  buffer[used++] = '\x02';
  for (int at = optind; at < argc; at++) {
    ADD(argv[at]);
    buffer[used++] = '\x01';
  }
  buffer[used++] = '\n';
  fwrite(buffer, 1, used, out);
}

#ifdef PROGRAM
int main(int argc, char **argv) {
  static struct option names[256];
  static char letters[256], name[256];
  int count = 0, kind;
  FILE *table = argc > 1 ? fopen(argv[1], "r") : NULL;
  if (table == NULL || fscanf(table, "%255s", letters) != 1) return 2;
  while (count < 255 && fscanf(table, "%255s %d", name, &kind) == 2) {
    names[count].name = strdup(name);
    names[count].has_arg = kind;
    names[count].val = 1000 + count;
    count++;
  }
  static char *words[1 << 20];
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  words[0] = "nmap";
  while ((length = getline(&line, &room, stdin)) > 0) {
    int many = 1;
    for (ssize_t at = 0; at < length - 1; at += (ssize_t) strlen(line + at) + 1) {
      if (many == (1 << 20) - 1) return 3;
      words[many++] = line + at;
    }
    words[many] = NULL;
    tell(stdout, getopt_long_only, many, words, letters, names);
  }
  return 0;
}
#else
int getopt_long_only(int argc, char *const *argv, const char *letters, const struct option *names, int *index) {
  (void) index;
  getopt_function get = (getopt_function) dlsym(RTLD_NEXT, "getopt_long_only");
  tell(stdout, get, argc, (char **) argv, letters, names);
  fflush(stdout);
  _exit(0);
}
#endif
