#include "dsn/report.h"

#include <string.h>

#include "base/span.h"

rbf_recipients rbf_recipients_of(rbf_report *report, rbf_arena *arena)
{
	return (rbf_recipients){.arena = arena, .report = report};
}

/* FNV-1a without regard to case. */
static uint32_t hash(rebuff_span s)
{
	uint32_t h = 2166136261U;
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ rbf_lower((unsigned char)s.p[i])) * 16777619U;
	return h;
}

/* The slot of that address, or the empty one where it belongs. slot_n > 0. */
static uint32_t *slot_of(const rbf_recipients *list, rebuff_span address)
{
	size_t i = hash(address) & (list->slot_n - 1);
	while (list->slot[i] &&
		!rbf_span_ieq(list->report->recipient[list->slot[i] - 1].recipient, address))
		i = (i + 1) & (list->slot_n - 1);
	return &list->slot[i];
}

static void fill_slots(rbf_recipients *list)
{
	memset(list->slot, 0, list->slot_n * sizeof *list->slot);
	for (size_t i = 0; i < list->report->recipient_n; i++)
		*slot_of(list, list->report->recipient[i].recipient) = (uint32_t)i + 1;
}

/* Room for one more, with at least half of the slots empty. Old storage stays in the arena. */
static bool grow(rbf_recipients *list)
{
	rbf_report *r = list->report;
	if (r->recipient_n < list->cap)
		return true;
	size_t cap = list->cap ? list->cap * 4 : 16;
	rbf_recipient *recipient = rbf_arena_get(list->arena, cap * sizeof *recipient);
	uint32_t *slot = rbf_arena_get(list->arena, cap * 2 * sizeof *slot);
	if (!recipient || !slot)
		return false;
	if (r->recipient_n)
		memcpy(recipient, r->recipient, r->recipient_n * sizeof *recipient);
	r->recipient = recipient;
	list->slot = slot;
	list->slot_n = cap * 2;
	list->cap = cap;
	fill_slots(list);
	return true;
}

rbf_recipient *rbf_recipients_find(const rbf_recipients *list, rebuff_span address)
{
	uint32_t *slot = list->slot_n ? slot_of(list, address) : NULL;
	return slot && *slot ? &list->report->recipient[*slot - 1] : NULL;
}

rbf_recipient *rbf_recipients_add(rbf_recipients *list, rebuff_span address)
{
	rbf_report *r = list->report;
	rbf_recipient *known = rbf_recipients_find(list, address);
	if (known || address.len == 0 || address.len > REBUFF_ADDRESS_MAX)
		return known;
	if (r->recipient_n == RBF_REPORT_RECIPIENTS_MAX || !grow(list)) {
		r->truncated = true;
		return NULL;
	}
	rbf_recipient *new = &r->recipient[r->recipient_n++];
	*new = (rbf_recipient){.recipient = address};
	*slot_of(list, address) = (uint32_t)r->recipient_n;
	return new;
}

bool rbf_recipient_is_odd(const rbf_recipient *r)
{
	return r->recipient.len == 0 || memchr("|/@\":", r->recipient.p[0], 5) != NULL ||
		rbf_span_chr(r->recipient, '@') == SIZE_MAX;
}

void rbf_recipients_rename(rbf_recipients *list, size_t i, rebuff_span address)
{
	rbf_report *r = list->report;
	if (rbf_recipients_find(list, address)) {
		r->recipient_n--;
		memmove(&r->recipient[i], &r->recipient[i + 1],
			(r->recipient_n - i) * sizeof *r->recipient);
	} else if (address.len && address.len <= REBUFF_ADDRESS_MAX) {
		r->recipient[i].recipient = address;
	}
	fill_slots(list);
}
