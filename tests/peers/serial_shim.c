/* Gives a program that opens a pseudo-terminal what the kernel denies it there: parity, and modem lines.
 *
 * A pseudo-terminal clears PARENB and CSTOPB, and answers TIOCM* by ENOTTY; stm32flash and stm32loader
 * give up on either. Preloaded (LD_PRELOAD), this keeps the settings that the program made, so that it
 * reads back what it wrote, and tells them to the control socket of the cable behind the terminal
 * (swdflash/sim/cables/serial_pty.py), a line at a time; it goes on when the cable has answered.
 *
 *     SERIAL_SHIM_DEVICE   the pseudo-terminal
 *     SERIAL_SHIM_CONTROL  the cable's control socket
 *
 * Built by the tests: gcc -shared -fPIC -o serial_shim.so serial_shim.c -ldl
 */
#define _GNU_SOURCE
#include <asm/termbits.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* <termios.h> and <asm/termbits.h> cannot be had together; glibc's struct begins like this. */
struct glibc_termios {
    tcflag_t c_iflag, c_oflag, c_cflag, c_lflag;
};

#define KEPT (PARENB | PARODD | CSTOPB)

static int device = -1, control = -1;
static tcflag_t wanted;
static int lines;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static void tell(const char *line) {
    char answer[16];
    if (control < 0) return;
    if (write(control, line, strlen(line)) < 0) return;
    if (read(control, answer, sizeof answer) <= 0) { /* the cable is gone: so be it */ }
}

static void opened(int fd, const char *path) {
    const char *ours = getenv("SERIAL_SHIM_DEVICE"), *socket_path = getenv("SERIAL_SHIM_CONTROL");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (fd < 0 || !ours || !socket_path || strcmp(path, ours)) return;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(control, (struct sockaddr *)&address, sizeof address)) abort();
    device = fd;
    wanted = 0;
    lines = TIOCM_RTS | TIOCM_DTR; /* as a real driver does when a port is opened */
    tell("open\n");
}

static int open_by(const char *name, const char *path, int flags, mode_t mode) {
    int (*real)(const char *, int, ...) = next(name);
    int fd = real(path, flags, mode);
    opened(fd, path);
    return fd;
}

#define OPEN(name)                                       \
    int name(const char *path, int flags, ...) {         \
        va_list rest;                                    \
        va_start(rest, flags);                           \
        mode_t mode = va_arg(rest, int);                 \
        va_end(rest);                                    \
        return open_by(#name, path, flags, mode);        \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    int (*real)(int) = next("close");
    if (fd == device) {
        tell("close\n");
        real(control);
        device = control = -1;
    }
    return real(fd);
}

static void tell_mode(void) {
    struct termios2 now;
    char line[48];
    if (syscall(SYS_ioctl, device, TCGETS2, &now)) return;
    snprintf(line, sizeof line, "mode %u %c %d\n", now.c_ospeed,
             wanted & PARENB ? (wanted & PARODD ? 'O' : 'E') : 'N', wanted & CSTOPB ? 2 : 1);
    tell(line);
}

int tcsetattr(int fd, int action, const struct glibc_termios *settings) {
    int (*real)(int, int, const void *) = next("tcsetattr");
    char copy[128];
    int done;
    if (fd != device) return real(fd, action, settings);
    memcpy(copy, settings, 60); /* sizeof(struct termios) of glibc */
    ((struct glibc_termios *)copy)->c_cflag &= ~KEPT;
    done = real(fd, action, copy);
    if (done == 0) {
        wanted = settings->c_cflag & KEPT;
        tell_mode();
    }
    return done;
}

int tcgetattr(int fd, struct glibc_termios *settings) {
    int (*real)(int, void *) = next("tcgetattr");
    int done = real(fd, settings);
    if (done == 0 && fd == device) settings->c_cflag |= wanted;
    return done;
}

static int modem(unsigned long request, int *bits) {
    char line[16];
    switch (request) {
    case TIOCMGET: *bits = lines; return 0;
    case TIOCMSET: lines = *bits; break;
    case TIOCMBIS: lines |= *bits; break;
    case TIOCMBIC: lines &= ~*bits; break;
    case TIOCSBRK: tell("break 1\n"); return 0;
    case TIOCCBRK: tell("break 0\n"); return 0;
    default: return -1;
    }
    snprintf(line, sizeof line, "lines %d %d\n", !!(lines & TIOCM_RTS), !!(lines & TIOCM_DTR));
    tell(line);
    return 0;
}

int ioctl(int fd, unsigned long request, ...) {
    int (*real)(int, unsigned long, ...) = next("ioctl");
    va_list rest;
    void *argument;
    va_start(rest, request);
    argument = va_arg(rest, void *);
    va_end(rest);
    if (fd == device && modem(request, argument) == 0) return 0;
    int done = real(fd, request, argument);
    if (fd == device && done == 0 && request == TCSETS2) tell_mode(); /* a rate of no name */
    return done;
}
