/* html_page.h - the parts of the HTML report that are the same in each. */
#ifndef RBF_REPORT_HTML_PAGE_H
#define RBF_REPORT_HTML_PAGE_H

extern const char *const rbf_html_start[]; /* up to and with <body>; pieces, ended by NULL */
extern const char *const rbf_html_end[]; /* the script, and the end */
#endif
