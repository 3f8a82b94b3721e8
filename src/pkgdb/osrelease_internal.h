/* The files that tell an image's distribution, and their readers. */
#ifndef CORTEN_PKGDB_OSRELEASE_INTERNAL_H
#define CORTEN_PKGDB_OSRELEASE_INTERNAL_H

#include "base/base.h"
#include "pkgdb/osrelease.h"

/* Ranks: what a distribution made for this purpose, then its own older file,
 * then the names that others took over for the sake of old programs (Oracle
 * Linux has a redhat-release that says Red Hat; Ubuntu a debian_version). */
enum { OS_RANK_ETC = 1, OS_RANK_USR, OS_RANK_OWN, OS_RANK_LSB, OS_RANK_SHARED, OS_RANK_PRO };

/* A view as a constant initializer. */
#define BYTES_CONST(s)                                                                             \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}

/* path, reader, rank */
#define OS_RELEASE_FILES(X)                                                                        \
	X("etc/os-release", os_read_release, OS_RANK_ETC)                                          \
	X("usr/lib/os-release", os_read_release, OS_RANK_USR)                                      \
	X("etc/alpine-release", os_read_alpine, OS_RANK_OWN)                                       \
	X("etc/centos-release", os_read_line, OS_RANK_OWN)                                         \
	X("etc/almalinux-release", os_read_line, OS_RANK_OWN)                                      \
	X("etc/rocky-release", os_read_line, OS_RANK_OWN)                                          \
	X("etc/oracle-release", os_read_line, OS_RANK_OWN)                                         \
	X("etc/fedora-release", os_read_line, OS_RANK_OWN)                                         \
	X("etc/openEuler-release", os_read_line, OS_RANK_OWN)                                      \
	X("etc/anolis-release", os_read_line, OS_RANK_OWN)                                         \
	X("etc/alinux-release", os_read_line, OS_RANK_OWN)                                         \
	X("etc/azurelinux-release", os_read_line, OS_RANK_OWN)                                     \
	X("etc/mariner-release", os_read_line, OS_RANK_OWN)                                        \
	X("etc/photon-release", os_read_line, OS_RANK_OWN)                                         \
	X("etc/SuSE-release", os_read_suse, OS_RANK_OWN)                                           \
	X("etc/lsb-release", os_read_lsb, OS_RANK_LSB)                                             \
	X("etc/system-release", os_read_line, OS_RANK_SHARED)                                      \
	X("etc/redhat-release", os_read_line, OS_RANK_SHARED)                                      \
	X("etc/debian_version", os_read_debian, OS_RANK_SHARED)                                    \
	X("var/lib/ubuntu-advantage/status.json", os_read_pro, OS_RANK_PRO)                        \
	X("etc/apt/auth.conf.d/90ubuntu-advantage", os_read_esm_source, OS_RANK_PRO)

/* The apt sources that Ubuntu Pro makes: ubuntu-esm-infra.list, from 24.04 on
 * ubuntu-esm-infra.sources, once ubuntu-esm-infra-xenial.list. */
#define OS_APT_SOURCES "etc/apt/sources.list.d"
bool os_is_esm_source(struct bytes path);

/* A reader fills ret from a whole file; false when the file tells nothing. What
 * it keeps goes through os_keep. */
typedef bool os_reader_fn(struct bytes text, struct buf *scratch, struct os_facts *ret);

os_reader_fn os_read_release, os_read_alpine, os_read_line, os_read_suse, os_read_lsb,
	os_read_debian, os_read_pro, os_read_esm_source;

/* A copy of b in scratch, which has room for a few times the file (and so never
 * moves); empty when b has control characters or is not UTF-8. */
struct bytes os_keep(struct buf *scratch, struct bytes b);
struct bytes os_keep_lower(struct buf *scratch, struct bytes b);
/* "a b" */
struct bytes os_keep_two(struct buf *scratch, struct bytes a, struct bytes b);

/* The os-release ID of a distribution that calls itself `name`, and the form
 * that its VERSION_ID has for this version. */
void os_identify(struct bytes name, struct bytes version, struct buf *scratch,
		 struct os_facts *ret);

/* What stands in the last brackets, "" if there are none. */
struct bytes os_in_brackets(struct bytes text);

#endif
