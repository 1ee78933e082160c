/* run.h: takes a crowd through a scenario: prepare, the stages of joining, warm-up, measuring, farewell.
 * Thread: the signalling thread. Ownership: borrows crowd and scenario. */
#ifndef LOAD_RUN_H
#define LOAD_RUN_H

#include <jansson.h>

#include "tools/load/scenario.h"

/* Whoever wants the run to end early sets it. */
extern volatile int run_interrupted;

/* Gives the report, or NULL when the server could not be reached at all: crowd->failure says why. */
json_t *run_scenario (Crowd *crowd, const Scenario *scenario);

#endif
