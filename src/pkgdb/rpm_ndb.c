/* Packages.db: rpm's own "ndb" form (lib/backend/ndb/rpmpkg.c). Little-endian.
 *
 *   page 0:  "RpmP", version 0, generation, slot pages, next package number
 *   slots:   16 bytes each, from byte 32 to the end of the slot pages:
 *            "Slot", package number, first block, blocks (a block is 16 bytes);
 *            a first block of 0 marks a free slot
 *   blobs:   "BlbS", package number, generation, size; the header blob; zeros up
 *            to a block's end; Adler-32 of all that, size, "BlbE" */
#include <isa-l/igzip_lib.h>

#include "pkgdb/rpm_internal.h"

enum {
	PAGE_SIZE = 4096,
	BLOCK_SIZE = 16,
	SLOT_SIZE = 16,
	SLOTS_AT = 32, /* two slots' place is the file's header */
	HEAD_SIZE = 16,
	TAIL_SIZE = 12,
	PIECE_SIZE = 32 * 1024,
};

#define MAGIC_SLOT 0x746f6c53U /* "Slot" */
#define MAGIC_HEAD 0x53626c42U /* "BlbS" */
#define MAGIC_TAIL 0x45626c42U /* "BlbE" */

struct slot {
	uint32_t magic;
	uint32_t number;
	uint32_t block;
	uint32_t blocks;
};

/* Feeds the blob's n bytes, with the padding, to the checksum and the header. */
static int feed_blob(struct rpm_reader *r, uint64_t at, uint64_t n, uint64_t padded, uint32_t *sum,
		     struct error *err)
{
	for (uint64_t done = 0; done < padded;) {
		struct bytes piece;
		size_t take = padded - done < PIECE_SIZE ? (size_t)(padded - done) : PIECE_SIZE;
		if (rpm_pager_view(&r->pager, at + done, take, &piece, err) < 0)
			return -1;
		*sum = isal_adler32(*sum, piece.p, piece.n);
		if (done < n)
			(void)rpm_header_feed(
				&r->header,
				bytes_sub(piece, 0, n - done < take ? (size_t)(n - done) : take));
		done += take;
	}
	return 0;
}

/* The blob's own head must say what its slot says; returns NULL or what is wrong. */
static const char *check_head(struct bytes head, const struct slot *slot, uint64_t *ret_size)
{
	struct cursor c = cursor_of(head);
	if (cursor_le32(&c) != MAGIC_HEAD)
		return "there is no blob where its slot says";
	if (cursor_le32(&c) != slot->number)
		return "its blob belongs to another package";
	(void)cursor_le32(&c); /* generation */
	uint64_t size = cursor_le32(&c);
	if ((HEAD_SIZE + size + TAIL_SIZE + BLOCK_SIZE - 1) / BLOCK_SIZE != slot->blocks)
		return "its blob and its slot disagree about the size";
	*ret_size = size;
	return NULL;
}

static int read_package(struct rpm_reader *r, const struct slot *slot, struct error *err)
{
	uint64_t at = (uint64_t)slot->block * BLOCK_SIZE;
	uint64_t end = at + (uint64_t)slot->blocks * BLOCK_SIZE;
	uint64_t size = 0;
	struct bytes view;

	if (slot->blocks == 0 || end > r->pager.file->size)
		return rpm_reader_skip(r, slot->number, "its blob lies beyond the file's end", err);
	if (rpm_pager_view(&r->pager, at, HEAD_SIZE, &view, err) < 0)
		return -1;
	const char *wrong = check_head(view, slot, &size);
	if (wrong != NULL)
		return rpm_reader_skip(r, slot->number, wrong, err);

	uint32_t sum = isal_adler32(1, view.p, view.n);
	if (rpm_header_begin(&r->header, size)) {
		at += HEAD_SIZE;
		if (feed_blob(r, at, size, end - TAIL_SIZE - at, &sum, err) < 0 ||
		    rpm_pager_view(&r->pager, end - TAIL_SIZE, TAIL_SIZE, &view, err) < 0)
			return -1;
		struct cursor c = cursor_of(view);
		if (cursor_le32(&c) != sum || cursor_le32(&c) != size ||
		    cursor_le32(&c) != MAGIC_TAIL)
			rpm_header_spoil(&r->header, ERR_MALFORMED,
					 "its blob does not match its checksum");
	}
	return rpm_reader_package(r, slot->number, err);
}

static int read_slot(struct rpm_reader *r, uint64_t at, struct error *err)
{
	struct bytes view;
	if (rpm_pager_view(&r->pager, at, SLOT_SIZE, &view, err) < 0)
		return -1;
	struct cursor c = cursor_of(view);
	struct slot slot = { .magic = cursor_le32(&c) };
	slot.number = cursor_le32(&c);
	slot.block = cursor_le32(&c);
	slot.blocks = cursor_le32(&c);
	if (slot.magic != MAGIC_SLOT) {
		error_set(err, ERR_MALFORMED, "ndb: the slot at byte %llu is none",
			  (unsigned long long)at);
		return rpm_reader_damaged(r, err);
	}
	return slot.block == 0 ? 0 : read_package(r, &slot, err);
}

int rpm_ndb_read(struct rpm_reader *r, struct error *err)
{
	struct bytes head;
	if (rpm_pager_view(&r->pager, 0, SLOTS_AT, &head, err) < 0)
		return -1;
	struct cursor c = cursor_of(head);
	cursor_seek(&c, 4);
	uint32_t version = cursor_le32(&c);
	(void)cursor_le32(&c); /* generation */
	uint64_t end = (uint64_t)cursor_le32(&c) * PAGE_SIZE;
	if (version != 0)
		return error_set(err, ERR_UNSUPPORTED, "ndb: version %u", version);
	if (end == 0 || end > r->pager.file->size)
		return error_set(err, end == 0 ? ERR_MALFORMED : ERR_TRUNCATED,
				 "ndb: %llu bytes of slots in a file of %llu",
				 (unsigned long long)end, (unsigned long long)r->pager.file->size);
	for (uint64_t at = SLOTS_AT; at < end; at += SLOT_SIZE)
		if (read_slot(r, at, err) < 0)
			return -1;
	return 0;
}
