/* test_automaton.c - every literal is found where a plain search finds it, whatever stands between.
 */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "classify/automaton.h"

enum { LITERALS = 60, TEXT = 1600 };

static uint64_t seed = 88172645463325252U;

static uint32_t number(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % below;
}

typedef struct {
	size_t start[LITERALS][TEXT + 1]; /* by literal and end: start + 1, 0: not found there */
	size_t n, last_end, last_start;
} hits;

static void keep(hits *h, const rbf_hit *hit)
{
	assert_true(hit->literal < LITERALS && hit->start < hit->end && hit->end <= TEXT &&
		hit->end >= h->last_end);
	assert_int_equal(h->start[hit->literal][hit->end], 0);
	h->start[hit->literal][hit->end] = hit->start + 1;
	h->last_end = hit->end;
	h->last_start = hit->start;
	h->n++;
}

static void keep_all(void *ud, const rbf_hit *found, size_t n)
{
	for (size_t i = 0; i < n; i++)
		keep(ud, &found[i]);
}

/* Few letters, so that literals lie in one another; single spaces, as replies and phrases have. */
static size_t letters(char *out, size_t most, const char *of, bool edges)
{
	size_t n = 1 + number((uint32_t)most), last = n - 1;
	for (size_t i = 0; i < n; i++)
		do
			out[i] = of[number((uint32_t)strlen(of))];
		while (out[i] == ' ' && (i ? out[i - 1] == ' ' : n == 1 || !edges));
	if (out[last] == ' ' && !edges)
		out[last] = of[0];
	return n;
}

static bool has(const hits *h, uint32_t literal, size_t start, size_t end)
{
	return h->start[literal][end] == start + 1;
}

/* In the text with a space at either end, as the automaton takes it. */
static void compare(const rbf_literal *l, rebuff_span text, const hits *got)
{
	size_t want = 0;
	char spaced[TEXT];
	(void)snprintf(spaced, sizeof spaced, " %.*s ", (int)text.len, text.p);
	for (uint32_t k = 0; k < LITERALS; k++)
		for (size_t i = 0, seen = 0; i + l[k].text.len <= text.len + 2; i++) {
			if (!rbf_span_istarts(rbf_span_of(spaced + i), l[k].text) ||
				(seen++ && !l[k].repeat))
				continue;
			size_t end = i + l[k].text.len - 1;
			want++;
			if (!has(got, k, i ? i - 1 : 0, end < text.len ? end : text.len))
				fail_msg("\"%.*s\" in \"%.*s\": not found at %zu",
					(int)l[k].text.len, l[k].text.p, (int)text.len, text.p, i);
		}
	assert_row_int("hits", got->n, want);
}

static void test_against_plain_search(void **state)
{
	static const char *const alphabets[] = {"ab ", "abcdefgh .", "\xc3\xa4\xc3\xb6 ab", "aAbB"};
	(void)state;
	for (int round = 0; round < 2000; round++) {
		char bytes[LITERALS][32], text[600];
		rbf_literal literals[LITERALS];
		static hits got;
		const char *of = alphabets[number(4)];
		for (int k = 0; k < LITERALS; k++)
			literals[k] = (rbf_literal){
				{bytes[k], letters(bytes[k], 1 + number(20), of, true)}, number(2)};
		rbf_automaton *a = rbf_automaton_build(literals, LITERALS);
		assert_non_null(a);
		assert_true(rbf_automaton_size(a) > 0);
		size_t n = letters(text, sizeof text - 1, of, false);
		memset(&got, 0, sizeof got);
		rbf_automaton_scan(a, (rebuff_span){text, n}, keep_all, &got);
		compare(literals, (rebuff_span){text, n}, &got);
		rbf_automaton_free(a);
	}
}

/* Quotes thrown into a text take nothing from what is found in it, and add nothing. */
static void test_quotes_between(void **state)
{
	static const char *const quotes[] = {
		"\"", "'", "`", "\xe2\x80\x9c", "\xe2\x80\x99", "\\\""};
	(void)state;
	for (int round = 0; round < 2000; round++) {
		char bytes[LITERALS][32], text[200], quoted[TEXT];
		size_t at[200], m = 0;
		rbf_literal literals[LITERALS];
		static hits plain, got;
		for (int k = 0; k < LITERALS; k++)
			literals[k] =
				(rbf_literal){{bytes[k], letters(bytes[k], 8, "abc ", true)}, true};
		rbf_automaton *a = rbf_automaton_build(literals, LITERALS);
		size_t n = letters(text, sizeof text - 1, "abc ", false);
		memset(&plain, 0, sizeof plain);
		memset(&got, 0, sizeof got);
		for (size_t i = 0; i < n; i++) {
			const char *q = quotes[number(6)];
			if (number(3) == 0) {
				memcpy(quoted + m, q, strlen(q));
				m += strlen(q);
			}
			at[i] = m;
			quoted[m++] = text[i];
		}
		rbf_automaton_scan(a, (rebuff_span){text, n}, keep_all, &plain);
		rbf_automaton_scan(a, (rebuff_span){quoted, m}, keep_all, &got);
		assert_row_int("hits", got.n, plain.n);
		for (uint32_t k = 0; k < LITERALS; k++)
			for (size_t end = 1; end <= n; end++)
				if (plain.start[k][end] > 1 &&
					!has(&got, k, at[plain.start[k][end] - 1], at[end - 1] + 1))
					fail_msg("\"%.*s\" in \"%.*s\": got %zu, want %zu",
						(int)literals[k].text.len, bytes[k], (int)m, quoted,
						got.start[k][at[end - 1] + 1],
						at[plain.start[k][end] - 1] + 1);
		rbf_automaton_free(a);
	}
}

static void test_addresses_between(void **state)
{
	static const struct {
		const char *name, *literal, *text;
		int start; /* -1: not found */
	} rows[] = {
		{"in brackets", "user unknown", "The user <bob@example.org> unknown", 4},
		{"bare", "user unknown", "user bob.jones+x@mail.example.org unknown", 0},
		{"before a colon", "user: unknown", "user <bob@example.org>: unknown", 0},
		{"quoted", "user unknown", "User 'bob@example.org' unknown", 0},
		{"two", "mailbox is full", "mailbox a@example.org (b@example.net) is full", -2},
		{"one, and the same again", "user unknown",
			"user a@example.org user b@example.org unknown", 19},
		{"phrase around the bracket", "> unknown", "user <bob@example.org> unknown", 21},
		{"phrase within the address", "example", "user <bob@example.org> unknown", 10},
		{"after the address", "unknown", "user <bob@example.org> unknown", 23},
		{"at the end", "user unknown", "user unknown bob@example.org", 0},
		{"at the start", "user unknown", "bob@example.org user unknown", 16},
		{"no address", "user unknown", "user @ unknown", -1},
		{"no local part", "user unknown", "user @example.org unknown", -1},
		{"other words", "user unknown", "user bob unknown", -1},
		{"of the world", "user unknown",
			"user <b\xc3\xb6"
			"b@ex\xc3\xa4mple.org> unknown",
			0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		static hits got;
		memset(&got, 0, sizeof got);
		rbf_literal l = {rbf_span_of(rows[i].literal), true};
		rbf_automaton *a = rbf_automaton_build(&l, 1);
		rbf_automaton_scan(a, rbf_span_of(rows[i].text), keep_all, &got);
		assert_row_int(rows[i].name, got.n, rows[i].start != -1);
		if (rows[i].start >= 0)
			assert_row_int(rows[i].name, got.last_start, rows[i].start);
		rbf_automaton_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_plain_search),
		cmocka_unit_test(test_quotes_between), cmocka_unit_test(test_addresses_between)};
	return cmocka_run_group_tests_name("classify/automaton", tests, NULL, NULL);
}
