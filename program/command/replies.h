/* replies.h - replies one a line, as classify and unknown read them. */
#ifndef RBF_PROGRAM_REPLIES_H
#define RBF_PROGRAM_REPLIES_H
#include <stdio.h>

#include "common/command.h"

typedef struct {
	FILE *in;
	const char *command; /* for complaints */
	const char *path; /* of the input, "" for standard input */
	size_t number; /* of the line read last */
	char *line; /* malloc; free when done */
	size_t cap;
} replies;

/*
 * Read a line: reply TAB domain TAB mx TAB stage, the last three optional, further ones ignored. In
 * the reply \n of two characters is a line feed; a CR at the end of the line is none of it. Any
 * byte but LF and TAB may stand in it, NUL too, at any length. An unknown stage is complained of on
 * standard error and taken as none. `reply` points into r->line. False at the end of input, and
 * when it cannot be read (ferror, or no memory).
 */
bool replies_next(replies *r, rebuff_reply *reply);
/* The same from the words of a command line, REPLY [DOMAIN [MX [STAGE]]], n of them. Returns 0,
 * else the exit status, and what is wrong has been said. */
int replies_of_words(
	replies *r, const command *c, const char *const *words, int n, rebuff_reply *reply);
/* Write a reply as such a line: line feeds as \n, TABs as spaces. */
void replies_write(FILE *out, const rebuff_reply *reply);
#endif
