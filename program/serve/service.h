/* service.h - what each request means (docs/protocol.md): which endpoint may ask it, and how it is
 * answered, at once from the loop thread or after the writer has put it on disk. */
#ifndef RBF_PROGRAM_SERVICE_H
#define RBF_PROGRAM_SERVICE_H
#include "rebuff.h"
#include "serve/bounce.h"
#include "serve/log.h"
#include "serve/metrics.h"
#include "serve/pause.h"
#include "serve/peer.h"
#include "serve/wake.h"
#include "serve/window.h"
#include "serve/writer.h"

typedef struct {
	rebuff_ctx *ctx;
	writer *writer;
	logger *log;
	const char *node; /* for requests that name none */
	peers *peers;
	wake *wake;
	pauses *pauses;
	windows *windows;
	bounces *bounces;
	metrics *metrics;
	int64_t started_ms; /* boot clock */
	int64_t policy_loaded_ms; /* wall clock */
	uint64_t gates, results, submits, messages, refused;
	char reload_problem[1024]; /* of the last reload; "" when it went well */
	seldom full, failed; /* complaints */
} service;

/* The handler for peers_new; ud is the service. */
void service_handle(void *ud, request *r);
/* Read the policy again and log what came of it. */
rebuff_status service_reload(service *s, rebuff_error *err);
/* Expire and forget, in the writer thread. Called every minute. */
void service_housekeep(service *s);
/* The engine's own health as one JSON object or as aligned lines (health.c). */
enum { HEALTH_MAX = 8192 };
void service_health(const service *s, bool json, char *out, size_t cap);

/* Write everything that is counted to run_dir/metrics, whole or not at all (OpenMetrics without its
 * end, so that rebuff metrics can add to it). False when that fails (errno). */
bool service_write_metrics(const service *s, const char *run_dir);
#endif
