/* Products that no package manager installed, by the words in which they tell their
 * own version. A row names the files that are looked at and what stands right
 * before and behind the number there. Where nothing fits nothing is told: a wrong
 * version is worse than none. */
#ifndef CORTEN_APPS_PRODUCT_H
#define CORTEN_APPS_PRODUCT_H

#include "apps/elf.h"

enum {
	PRODUCT_LETTER = 1, /* a letter may follow: 1.1.1w */
	PRODUCT_PATCH = 2, /* "p" and a number must follow, and belong to it: 9.2p1 */
	PRODUCT_ONLY = 4, /* told only if every number that fits is the same */
	PRODUCT_NAME = 8, /* begins with the number in the file's name: python3.11 */
	PRODUCT_PATH = 16 /* the number is the name of the file's folder */
};

struct product_row {
	const char *package; /* as Bitnami's vulndb calls it, where it has it */
	const char *files; /* ends of paths: app_path_fits */
	struct bytes before, behind; /* behind empty: nothing that could go on with it */
	const char *major; /* begins with this; NULL: with anything */
	uint8_t least; /* parts of the number */
	uint8_t form;
};

extern const struct product_row product_programs[]; /* package NULL ends them */
extern const struct product_row product_texts[];

/* Is a row of product_texts for it? For apps_classify. */
bool app_product_path(struct bytes path);

/* Is a row of product_programs for it? */
bool app_product_program(struct bytes path);

/* Looks for the product in a program. */
int product_read_program(const struct app_input *in, const struct elf *e, struct error *err);

#endif
