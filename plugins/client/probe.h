/* probe.h - the recipient by which rebuff doctor finds out whether the engine is really asked: gate
 * and submit are answered with a refusal that nobody else gives, and nothing is recorded. */
#ifndef RBF_CLIENT_PROBE_H
#define RBF_CLIENT_PROBE_H

#define RBF_PROBE "probe@doctor.rebuff.invalid"
#define RBF_PROBE_TEXT "5.1.1 rebuff doctor: the engine was asked"
#endif
