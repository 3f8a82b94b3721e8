/* The crates that a Rust program was built from, where cargo auditable wrote them. */
#ifndef CORTEN_APPS_RUST_AUDIT_H
#define CORTEN_APPS_RUST_AUDIT_H

#include "apps/elf.h"

/* For a program with e->rust_deps. ERR_MALFORMED, ERR_TRUNCATED, ERR_LIMIT. */
int rust_audit_read(const struct elf *e, const struct app_sink *sink, struct error *err);

#endif
