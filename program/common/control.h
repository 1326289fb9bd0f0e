/* control.h - the command line's side of control.sock: asks the running engine and waits. */
#ifndef RBF_PROGRAM_CONTROL_H
#define RBF_PROGRAM_CONTROL_H
#include "client/wire.h"
#include "rebuff.h"

enum { CONTROL_WAIT_S = 30 };

typedef struct control control;

/* Connect to run_dir/control.sock. REBUFF_ENOENT: no engine runs there; REBUFF_EIO: it does, but
 * cannot be asked (not allowed, for example). */
rebuff_status control_open(const char *run_dir, control **out, rebuff_error *err);
void control_close(control **c);

/* A request to write: fields into the returned writer, then control_send. Several may be sent
 * before their answers are received, in order. */
rbf_wire_writer *control_begin(control *c, const char *request);
rebuff_status control_send(control *c, rebuff_error *err);
/* The next answer, valid until the next call; REBUFF_EPARSE with the engine's text for error=. */
rebuff_status control_receive(control *c, rbf_wire_record *out, rebuff_error *err);
#endif
