/* Reads an archive in every way and says what was read as a line: for each entry
 * a letter (f file, d directory, l link, h hard link, c b p devices and fifos, o
 * others), its path, behind ">" a link's target, "!" where it has a capability,
 * behind "=" a file's content, zeros as dots. */
#ifndef CORTEN_TEST_TAR_CHECK_H
#define CORTEN_TEST_TAR_CHECK_H

#include "format/tar.h"
#include "tar_make.h"

struct seen {
	struct buf line;
	bool want; /* contents, too */
	uint64_t sizes; /* sum of what entries claim */
};

/* Reads in pieces of `piece` bytes: the code it ended with. The line is the
 * caller's to free. */
enum error_code read_pieces(struct bytes in, size_t piece, struct seen *s);
const char *line_of(struct seen *s);

/* Whole, in pieces of many sizes, and by jumping over contents: the same. Takes
 * m over. line NULL: any. */
void check(struct make *m, enum error_code code, const char *line);
/* The same, with the end marker put behind it. */
void holds(struct make *m, const char *line);
void refused(struct make *m, enum error_code code);

#endif
