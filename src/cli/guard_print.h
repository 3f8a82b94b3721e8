/* Alerts and events for people, from the lines that an agent gives (doc/alerts.md,
 * doc/events.md). Everything in them may be a container's choice: what could drive a
 * terminal is escaped. */
#ifndef CORTEN_CLI_GUARD_PRINT_H
#define CORTEN_CLI_GUARD_PRINT_H

#include <stdio.h>

#include "cli/columns.h"

struct node;

enum { ALERT_COLUMNS = 8 };
/* A table of alerts: the head, then a row each. */
int alert_print_head(struct columns *c, struct error *err);
int alert_print_row(struct columns *c, const struct node *alert, struct error *err);
/* One alert in full, with its process tree. */
int alert_print(const struct node *alert, FILE *out, struct error *err);

/* One line: time, what happened, where, who, what about. */
int event_print(const struct node *event, FILE *out, struct error *err);

#endif
