/* Preloaded into the hub by tests: names that end in .test resolve to what the file MIH_TEST_NAMES
 * says at that moment, a line for each: NAME ADDRESS ADDRESS ... */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*Resolver)(const char*, const char*, const struct addrinfo*, struct addrinfo**);

static int ends_in_test(const char* name) {
  size_t size = name ? strlen(name) : 0;
  return size > 5 && strcmp(name + size - 5, ".test") == 0;
}

/* The words behind the name, as one list; the memory stays with the process. */
static struct addrinfo* addresses(Resolver real, char* words, const char* port,
                                  const struct addrinfo* hints) {
  struct addrinfo* first = NULL;
  struct addrinfo** last = &first;
  for (char* word = strtok(words, " \n"); word; word = strtok(NULL, " \n")) {
    if (real(word, port, hints, last) != 0) continue;
    while (*last) last = &(*last)->ai_next;
  }
  return first;
}

int getaddrinfo(const char* name, const char* port, const struct addrinfo* hints,
                struct addrinfo** found) {
  Resolver real = (Resolver)dlsym(RTLD_NEXT, "getaddrinfo");
  if (!ends_in_test(name)) return real(name, port, hints, found);
  *found = NULL;
  FILE* file = fopen(getenv("MIH_TEST_NAMES"), "r");
  if (!file) return EAI_FAIL;
  char line[1000];
  size_t size = strlen(name);
  while (!*found && fgets(line, sizeof line, file)) {
    if (strncmp(line, name, size) == 0 && line[size] == ' ')
      *found = addresses(real, line + size, port, hints);
  }
  fclose(file);
  return *found ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo* unused) { (void)unused; }
