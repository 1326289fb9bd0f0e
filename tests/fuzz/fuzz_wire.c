/* fuzz_wire.c - any bytes as a record: refused, or read to fields that come back the same when they
 * are written and read again. The first byte chooses the separator. */
#include "fuzz.h"
#include "client/wire.h"

#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void write_and_read_again(const rbf_wire_record *r)
{
	static char storage[RBF_WIRE_REQUEST_MAX * 5];
	rbf_wire_writer w = rbf_wire_writer_of(storage, sizeof storage);
	for (size_t i = 0; i < r->n; i++)
		rbf_wire_put(&w, r->field[i].name, r->field[i].value, r->field[i].len);
	rbf_wire_end(&w);
	if (w.overflow)
		return;
	size_t scanned = 0;
	if (w.len < RBF_WIRE_REQUEST_MAX)
		must(rbf_wire_find_end(storage, w.len, &scanned) == w.len);
	rbf_wire_record again;
	must(rbf_wire_decode(storage, w.len, '\n', &again) == NULL);
	must(again.n == r->n);
	for (size_t i = 0; i < r->n; i++) {
		must(strcmp(again.field[i].name, r->field[i].name) == 0);
		must(again.field[i].len == r->field[i].len);
		must(memcmp(again.field[i].value, r->field[i].value, r->field[i].len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	char sep = data[0] & 1 ? '\t' : '\n';
	size_t len = size - 1, scanned = 0;
	char *bytes = malloc(len + 1);
	if (!bytes)
		return 0;
	memcpy(bytes, data + 1, len);
	size_t end = rbf_wire_find_end(bytes, len, &scanned);
	must(end <= len && scanned <= len);
	rbf_wire_record r;
	if (!rbf_wire_decode(bytes, end && sep == '\n' ? end : len, sep, &r))
		write_and_read_again(&r);
	free(bytes);
	return 0;
}
