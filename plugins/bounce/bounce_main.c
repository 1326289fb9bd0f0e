/*
 * bounce_main.c - rebuff-bounce: hands a message that a mail server pipes to it to the engine. For
 * Exim's pipe transport and OpenSMTPD's mda action; runs as the user of the engine's bounce socket.
 *
 *     rebuff-bounce exim|opensmtpd [-s SOCKET]
 *
 * Exim says the rest in the environment: MESSAGE_ID, RECIPIENT, REBUFF_CLIENT_IP,
 * REBUFF_CLIENT_NAME (confirmed by Exim), REBUFF_DKIM. OpenSMTPD says RECIPIENT; id and client
 * stand in its Received field, and the client's name is confirmed here.
 *
 * Exit status: 0 when the engine has it on disk; 75 (EX_TEMPFAIL) when it could not be asked or did
 * not take it, so that the mail server keeps the message and comes again; 64 for wrong use.
 */
#define _GNU_SOURCE /* memfd_create */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bounce/received.h"
#include "client/client.h"

enum {
	OK = 0,
	WRONG_USE = 64,
	COME_AGAIN = 75,
	MESSAGE_MAX = 64 << 20, /* the engine reads no larger one; of such it gets the start */
	DEADLINE_MS = 60000,
	HEAD_MAX = 16384, /* of the message, where our own server's Received stands */
	TEXT_MAX = 1024,
};

typedef struct {
	const char *mta;
	const char *socket;
	int fd; /* the message, in memory */
	int64_t size;
	char head[HEAD_MAX];
	size_t head_len;
} message;

static int complain(const char *what)
{
	fprintf(stderr, "rebuff-bounce: %s; the message is to be tried again\n", what);
	return COME_AGAIN;
}

/* ---- the message --------------------------------------------------------------------------- */

static bool put(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* All of standard input into memory, in a file that can be passed on. What is over the bound is
 * read, so that the mail server can write it, and left out. */
static bool take_message(message *m)
{
	static char part[65536];
	m->fd = memfd_create("rebuff-bounce", MFD_CLOEXEC);
	if (m->fd < 0)
		return false;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, part, sizeof part);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 && lseek(m->fd, 0, SEEK_SET) == 0;
		size_t got = (size_t)n, room = sizeof m->head - m->head_len;
		memcpy(m->head + m->head_len, part, got < room ? got : room);
		m->head_len += got < room ? got : room;
		if (m->size < MESSAGE_MAX && !put(m->fd, part, got))
			return false;
		m->size += n;
	}
}

/* ---- the request --------------------------------------------------------------------------- */

static const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

/* Does the name lead back to the address? */
static bool is_confirmed(const char *name, const char *ip)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all = NULL, *own = NULL;
	struct addrinfo literal = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	bool found = false;
	if (!name[0] || !ip[0] || getaddrinfo(ip, NULL, &literal, &own) != 0)
		return false;
	if (getaddrinfo(name, NULL, &hints, &all) == 0) {
		for (struct addrinfo *one = all; one && !found; one = one->ai_next)
			found = one->ai_addrlen == own->ai_addrlen &&
				memcmp(one->ai_addr, own->ai_addr, one->ai_addrlen) == 0;
		freeaddrinfo(all);
	}
	freeaddrinfo(own);
	return found;
}

static void put_text(rbf_wire_writer *w, const char *name, const char *value)
{
	rbf_wire_put(w, name, value, strnlen(value, TEXT_MAX));
}

static bool put_exim(rbf_wire_writer *w)
{
	put_text(w, "id", environment("MESSAGE_ID"));
	put_text(w, "client_ip", environment("REBUFF_CLIENT_IP"));
	put_text(w, "client_name", environment("REBUFF_CLIENT_NAME"));
	put_text(w, "dkim", environment("REBUFF_DKIM"));
	return environment("MESSAGE_ID")[0] != '\0';
}

static bool put_opensmtpd(rbf_wire_writer *w, const message *m)
{
	rbb_received from;
	bool known = rbb_received_read(m->head, m->head_len, &from);
	put_text(w, "id", from.id);
	put_text(w, "client_ip", from.ip);
	put_text(w, "client_name", is_confirmed(from.name, from.ip) ? from.name : "");
	return known;
}

static int hand_over(const message *m)
{
	static char storage[RBF_WIRE_REQUEST_MAX];
	static rbf_client client;
	rbf_wire_record answer;
	rbf_wire_writer w = rbf_wire_writer_of(storage, sizeof storage);
	rbf_wire_put_str(&w, "request", "message");
	rbf_wire_put_str(&w, "mta", m->mta);
	bool known = strcmp(m->mta, "exim") == 0 ? put_exim(&w) : put_opensmtpd(&w, m);
	if (!known)
		return complain("the message's id is not told");
	put_text(&w, "recipients", environment("RECIPIENT"));
	rbf_wire_put_int(&w, "size_bytes", m->size);
	rbf_wire_end(&w);
	client.options = (rbf_client_options){.socket = m->socket,
		.alive = NULL,
		.deadline_ms = DEADLINE_MS,
		.timeouts = 1,
		.rest_ms = -1};
	if (w.overflow || rbf_client_ask(&client, storage, w.len, m->fd, &answer) != RBF_CLIENT_OK)
		return complain(w.overflow ? "the request is over 64 KiB" : client.problem);
	return OK;
}

int main(int argc, char **argv)
{
	static message m = {.socket = "/run/rebuff/bounce.sock"};
	m.mta = argc > 1 ? argv[1] : "";
	bool right = strcmp(m.mta, "exim") == 0 || strcmp(m.mta, "opensmtpd") == 0;
	if (right && argc == 4 && strcmp(argv[2], "-s") == 0)
		m.socket = argv[3];
	else if (argc != 2)
		right = false;
	if (!right) {
		fputs("rebuff-bounce: expected: rebuff-bounce exim|opensmtpd [-s SOCKET], with a "
		      "message on standard input\n",
			stderr);
		return WRONG_USE;
	}
	if (!take_message(&m))
		return complain(strerror(errno));
	return hand_over(&m);
}
