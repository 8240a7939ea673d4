/* Loaded before the C library's own: moves the wall clock, and lets writes to a store's files fail, as a shared file says.
   Knows nothing of Python. Monotonic clocks and all other files are left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct told {
    int64_t seconds; /* added to the wall clock */
    int32_t writing; /* the errno of writes, 0 for none */
    int32_t syncing; /* the errno of fsync */
};
static volatile struct told *told;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("MEDDLING");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file < 0) return;
    void *found = mmap(NULL, sizeof(struct told), PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (found != MAP_FAILED) told = found;
}

#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

static int64_t moved(void) { return told ? told->seconds : 0; }

int clock_gettime(clockid_t clock, struct timespec *at) {
    int found = REAL(clock_gettime, clock, at);
    if (!found && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += moved();
    return found;
}

int gettimeofday(struct timeval *at, void *zone) {
    int found = REAL(gettimeofday, at, zone);
    if (!found) at->tv_sec += moved();
    return found;
}

time_t time(time_t *at) {
    time_t found = REAL(time, NULL) + moved();
    if (at) *at = found;
    return found;
}

static int of_a_store(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "iliac-cds.db") != NULL;
}

static int fails(int file, int fault) {
    if (!fault || !of_a_store(file)) return 0;
    errno = fault;
    return 1;
}

#define WRITES(name, offset_type)                                                        \
    ssize_t name(int file, const void *bytes, size_t count, offset_type offset) {        \
        if (told && fails(file, told->writing)) return -1;                               \
        return REAL(name, file, bytes, count, offset);                                   \
    }
#define SYNCS(name)                                                                      \
    int name(int file) {                                                                 \
        if (told && fails(file, told->syncing)) return -1;                               \
        return REAL(name, file);                                                         \
    }
WRITES(pwrite, off_t)
WRITES(pwrite64, off64_t)
SYNCS(fsync)
SYNCS(fdatasync)

ssize_t write(int file, const void *bytes, size_t count) {
    if (told && fails(file, told->writing)) return -1;
    return REAL(write, file, bytes, count);
}
