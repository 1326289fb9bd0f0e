#include "report/html_plot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/findings.h"
#include "report/sink.h"

enum { ROWS_MAX = 12, SERIES_MAX = REBUFF_CLASS_N };

void rbf_markup_text(const rebuff_output *out, const char *text)
{
	static const struct {
		char c;
		const char *as;
	} special[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
	while (*text) {
		size_t plain = strcspn(text, "&<>\"'");
		out->write(out->ud, (rebuff_span){text, plain});
		text += plain;
		for (size_t i = 0; *text && i < sizeof special / sizeof *special; i++) {
			if (special[i].c == *text) {
				rbf_put(out, special[i].as);
				text++;
				break;
			}
		}
	}
}

void rbf_markup_number(const rebuff_output *out, int64_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof digits, "%" PRId64, n);
	for (int i = 0; i < len; i++)
		rbf_putf(out, "%s%c",
			i && (len - i) % 3 == 0 && digits[i - 1] != '-' ? "&#8239;" : "",
			digits[i]);
}

/* What another said, as text that can do nothing. */
static void put_name(const rebuff_output *out, const char *name)
{
	char shown[REBUFF_NAME_MAX];
	rbf_printable(shown, sizeof shown, name);
	rbf_markup_text(out, shown);
}

/* ---- figures ------------------------------------------------------------------------------- */

/* What bars are made of, from the bottom or the left. */
typedef struct {
	const char *class_, *name;
} series;

static const series outcomes[] = {
	{"ok", "accepted"}, {"wait", "put off"}, {"bad", "refused"}, {NULL, NULL}};

static void put_legend(const rebuff_output *out, const series *s)
{
	rbf_put(out, "<ul class=\"legend\">");
	for (; s->class_; s++)
		rbf_putf(out,
			"<li><svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect class=\"%s\" "
			"width=\"1\" height=\"1\"/></svg>%s</li>",
			s->class_, s->name);
	rbf_put(out, "</ul>\n");
}

static void start_figure(const rebuff_output *out, const char *id, const char *title)
{
	rbf_putf(out, "<figure aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", id, id, title);
}

static void end_figure(const rebuff_output *out, const char *caption)
{
	if (caption)
		rbf_putf(out, "<figcaption>%s</figcaption>\n", caption);
	rbf_put(out, "</figure>\n");
}

/* ---- over time ----------------------------------------------------------------------------- */

static void outcomes_of(const rbf_part *part, int64_t n[SERIES_MAX])
{
	n[0] = part->accepted;
	n[1] = part->deferred;
	n[2] = part->refused;
}

static void suppressed_of(const rbf_part *part, int64_t n[SERIES_MAX])
{
	memcpy(n, part->suppressed, sizeof part->suppressed);
}

typedef void value_of(const rbf_part *part, int64_t n[SERIES_MAX]);

static int64_t height_of(const rbf_part *part, value_of *value, const series *s)
{
	int64_t n[SERIES_MAX] = {0}, all = 0;
	value(part, n);
	for (int i = 0; s[i].class_; i++)
		all += n[i];
	return all;
}

static void put_bar(const rebuff_output *out, const rbf_part *part, size_t x, value_of *value,
	const series *s, int64_t top)
{
	int64_t n[SERIES_MAX] = {0};
	char when[RBF_WHEN_MAX];
	double y = 100;
	value(part, n);
	if (!height_of(part, value, s))
		return;
	rbf_putf(out, "<g><title>from %s:", rbf_when_local(part->start_ms, when));
	for (int i = 0; s[i].class_; i++)
		if (n[i])
			rbf_putf(out, " %" PRId64 " %s", n[i], s[i].name);
	rbf_put(out, "</title>");
	for (int i = 0; s[i].class_; i++) {
		double height = 100.0 * (double)n[i] / (double)top;
		y -= height;
		if (n[i])
			rbf_putf(out,
				"<rect class=\"%s\" x=\"%zu.06\" y=\"%.2f\" width=\".88\" "
				"height=\"%.2f\"/>",
				s[i].class_, x, y, height);
	}
	rbf_put(out, "</g>\n");
}

/* Bars over the period; small ones have no labels of their own. */
static void put_time_plot(const rebuff_output *out, const rbf_facts *f, const rbf_part *parts,
	value_of *value, const series *s, const char *name)
{
	char from[RBF_WHEN_MAX], to[RBF_WHEN_MAX];
	int64_t top = 1, all = 0;
	for (size_t i = 0; i < f->times_n; i++) {
		int64_t height = height_of(&parts[i], value, s);
		top = height > top ? height : top;
		all += height;
	}
	rbf_put(out, "<div class=\"plot\"><span class=\"top\">");
	rbf_markup_number(out, top);
	rbf_putf(out,
		"</span><svg viewBox=\"0 0 %zu 100\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"",
		f->times_n);
	put_name(out, name);
	rbf_putf(out,
		", %" PRId64 " in all, at most %" PRId64
		" at a time; the numbers are in the tables\">"
		"<path class=\"grid\" d=\"M0 0H%zuM0 50H%zu\"/>\n",
		all, top, f->times_n, f->times_n);
	for (size_t i = 0; i < f->times_n; i++)
		put_bar(out, &parts[i], i, value, s, top);
	rbf_putf(out, "<path class=\"axis\" d=\"M0 100H%zu\"/></svg>", f->times_n);
	rbf_putf(out, "<span class=\"ends\"><span>%s</span><span>%s</span></span></div>\n",
		rbf_when_local(f->from_ms, from), rbf_when_local(rbf_facts_end(f), to));
}

static void put_times(const rbf_facts *f, const rebuff_output *out)
{
	char each[RBF_SPAN_MAX];
	start_figure(out, "plot-times", "Outcome over time");
	put_legend(out, outcomes);
	put_time_plot(out, f, f->times, outcomes_of, outcomes, "All providers");
	rbf_putf(out, "<figcaption>Each bar is %s.</figcaption>\n", rbf_length(f->part_ms, each));
	rbf_put(out, "<div class=\"small\">\n");
	for (size_t i = 0; i < f->lines_n / (f->times_n ? f->times_n : 1); i++) {
		const rbf_traffic *t = &f->providers[i];
		const char *name = rbf_provider_shown(t->name);
		rbf_put(out, "<div><h3>");
		put_name(out, name);
		rbf_put(out, "</h3><p class=\"dim\">");
		rbf_markup_number(out, t->attempts);
		rbf_putf(out, " attempts, %.1f&nbsp;%% refused</p>\n",
			100 * rbf_traffic_total_rate(t));
		put_time_plot(out, f, f->lines + i * f->times_n, outcomes_of, outcomes, name);
		rbf_put(out, "</div>\n");
	}
	rbf_put(out, "</div>\n");
	end_figure(out, NULL);
}

static void put_suppressions(const rbf_facts *f, const rebuff_output *out)
{
	static const series classes[] = {[REBUFF_CLASS_BOUNCE] = {"bad", "bounce"},
		[REBUFF_CLASS_SOFT] = {"wait", "soft"},
		[REBUFF_CLASS_COMPLAINT] = {"other", "complaint"},
		[REBUFF_CLASS_UNSUBSCRIBED] = {"more", "unsubscribed"},
		[REBUFF_CLASS_MANUAL] = {"ok", "manual"},
		{NULL, NULL}};
	int64_t all = 0;
	for (size_t i = 0; i < f->listed_n; i++)
		all += f->listed[i].added;
	start_figure(out, "plot-suppressions", "Suppressions added");
	if (all) {
		put_legend(out, classes);
		put_time_plot(out, f, f->times, suppressed_of, classes, "Suppressions added");
	} else {
		rbf_put(out, "<p class=\"dim\">None in this period.</p>\n");
	}
	end_figure(out, NULL);
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* One bar from the left; `share` 0..1 of its room. */
static void put_row_bar(const rebuff_output *out, const char *class_, double share)
{
	rbf_putf(out,
		"<svg viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		"<rect class=\"%s\" width=\"%.2f\" height=\"1\"/></svg>",
		class_, 100 * share);
}

static void put_reasons(const rbf_facts *f, const rebuff_output *out)
{
	int64_t top = 1;
	start_figure(out, "plot-reasons", "Why mail was not accepted");
	put_legend(out, outcomes + 1);
	rbf_put(out, "<ul class=\"rows\">\n");
	for (size_t i = 0; i < f->categories_n; i++)
		top = f->categories[i].n > top ? f->categories[i].n : top;
	for (size_t i = 0; i < f->categories_n && i < ROWS_MAX; i++) {
		const rbf_categorised *c = &f->categories[i];
		if (!c->n)
			continue;
		rbf_putf(out, "<li><span>%s<span class=\"unseen\">, %s</span></span>",
			rebuff_category_name(c->category), c->refused ? "refused" : "put off");
		put_row_bar(out, c->refused ? "bad" : "wait", (double)c->n / (double)top);
		rbf_put(out, "<span class=\"n\">");
		rbf_markup_number(out, c->n);
		rbf_put(out, "</span></li>\n");
	}
	rbf_put(out, f->categories_n ? "</ul>\n" : "</ul>\n<p class=\"dim\">All was.</p>\n");
	end_figure(out, NULL);
}

static void put_within(const rbf_facts *f, const rebuff_output *out)
{
	int64_t all = 0, top = 1;
	char length[RBF_SPAN_MAX], other[RBF_SPAN_MAX];
	for (size_t i = 0; i < f->within_n; i++) {
		all += f->within[i].n;
		top = f->within[i].n > top ? f->within[i].n : top;
	}
	start_figure(out, "plot-acceptance", "Time to acceptance");
	if (!all) {
		rbf_put(out, "<p class=\"dim\">Not known.</p>\n");
		end_figure(out, NULL);
		return;
	}
	rbf_put(out, "<ul class=\"rows\">\n");
	for (size_t i = 0; i < f->within_n; i++) {
		const rbf_within *w = &f->within[i];
		rbf_putf(out, "<li><span>%s %s</span>", w->end_ms ? "within" : "longer",
			w->end_ms ? rbf_length(w->end_ms, length) : "");
		put_row_bar(out, "ok", (double)w->n / (double)top);
		rbf_put(out, "<span class=\"n\">");
		rbf_markup_number(out, w->n);
		rbf_putf(out, " <span class=\"dim\">%.1f&nbsp;%%</span></span></li>\n",
			100.0 * (double)w->n / (double)all);
	}
	rbf_putf(out,
		"</ul>\n<figcaption>Half were accepted within %s of submission, 95&nbsp;%% within "
		"%s.</figcaption>\n",
		rbf_length(f->all.median_ms, length), rbf_length(f->all.p95_ms, other));
	end_figure(out, NULL);
}

/* Refusals of a stream, with the lines at 2 % and 5 %. */
static void put_rate_row(const rebuff_output *out, const rbf_traffic *t, double top)
{
	double total = rbf_traffic_total_rate(t), dead = rbf_traffic_hard_rate(t);
	bool over = rbf_traffic_counts(t) && (total > RBF_TOTAL_LINE || dead > RBF_HARD_LINE);
	rbf_put(out, "<li><span>");
	put_name(out, rbf_provider_shown(t->name));
	rbf_putf(out,
		"</span><svg viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><rect class=\"wait\" width=\"%.2f\" height=\"2\"/>"
		"<rect class=\"bad\" y=\"2\" width=\"%.2f\" height=\"2\"/>"
		"<path class=\"limit\" d=\"M%.2f 2V4M%.2f 0V2\"/></svg>"
		"<span class=\"n%s\">%.1f&nbsp;%% refused, %.1f&nbsp;%% dead</span></li>\n",
		100 * total / top, 100 * dead / top, 100 * RBF_HARD_LINE / top,
		100 * RBF_TOTAL_LINE / top, over ? " over" : "", 100 * total, 100 * dead);
}

static void put_rates(const rbf_facts *f, const rebuff_output *out)
{
	static const series rates[] = {
		{"wait", "all refusals"}, {"bad", "of dead addresses"}, {NULL, NULL}};
	double top = 2 * RBF_TOTAL_LINE;
	start_figure(out, "plot-rates", "Refusals by stream, against the lines");
	put_legend(out, rates);
	rbf_put(out, "<ul class=\"rows\">\n");
	for (size_t i = 0; i < f->streams_n && i < ROWS_MAX; i++) {
		double rate = rbf_traffic_total_rate(&f->streams[i]);
		top = rate > top ? rate : top;
	}
	for (size_t i = 0; i < f->streams_n && i < ROWS_MAX; i++)
		put_rate_row(out, &f->streams[i], top);
	rbf_put(out, "</ul>\n");
	end_figure(out,
		"The lines: 5&nbsp;% refused, 2&nbsp;% dead, of final outcomes. They count from "
		"200 outcomes on.");
}

void rbf_html_plots(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->all.attempts)
		return;
	put_times(f, out);
	rbf_put(out, "<div class=\"pair\">\n");
	put_reasons(f, out);
	put_within(f, out);
	put_rates(f, out);
	put_suppressions(f, out);
	rbf_put(out, "</div>\n");
}
