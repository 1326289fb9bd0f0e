#include <rebuff.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	rebuff_ctx *ctx;
	rebuff_error err;
	rebuff_classification c;
	rebuff_options options = {.size = sizeof options};
	if (argc < 2 || rebuff_open(&options, &ctx, &err) != REBUFF_OK)
		return fprintf(stderr, "%s\n", argc < 2 ? "usage: classify REPLY" : err.text), 1;
	rebuff_reply reply = {.size = sizeof reply, .text = {argv[1], strlen(argv[1])}};
	rebuff_classify(ctx, &reply, &c);
	printf("%s, the fault of: %s (%s)\n", rebuff_category_name(c.category),
		rebuff_fault_name(c.fault), c.rule);
	rebuff_close(&ctx);
}
