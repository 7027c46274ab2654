/* What the host and a loader share: every number in one place.
 *
 * scripts/build_loaders.py copies these into the .toml beside each blob, where Python reads them.
 * Words are 32 bits, little-endian; indices below count words.
 *
 * The mailbox lies behind the code, the ring behind the mailbox. The host writes commands into the
 * ring and then BOX_WRITE; the loader consumes them and publishes BOX_READ. Both count bytes since
 * the start and never wrap; the place in the ring is the count modulo the ring's size, a power of 2.
 */
#ifndef PROTOCOL_H
#define PROTOCOL_H

/* Mailbox */
#define BOX_READ 0    /* bytes done with: erased, programmed, digested */
#define BOX_WRITE 1   /* bytes the host has put in */
#define BOX_STATE 2   /* STATE_... */
#define BOX_ERROR 3   /* ERROR_... */
#define BOX_ADDRESS 4 /* where the error is */
#define BOX_VALUE 5   /* the digest that an OP_CHECK found */
#define BOX_RING 6    /* address of the ring */
#define BOX_MASK 7    /* size of the ring, less 1 */
#define BOX_WORDS 8

#define STATE_RUNNING 1
#define STATE_ENDED 2

#define ERROR_NONE 0
#define ERROR_NOT_ERASED 1   /* FLASH_SR.PGERR */
#define ERROR_PROTECTED 2    /* FLASH_SR.WRPRTERR */
#define ERROR_LOCKED 3       /* FLASH_CR.LOCK stays set after the keys */
#define ERROR_MISMATCH 4     /* OP_CHECK found another digest */
#define ERROR_NO_COMMAND 5   /* none of the operations below */

/* Command */
#define COMMAND_OP 0
#define COMMAND_ADDRESS 1
#define COMMAND_SIZE 2       /* bytes */
#define COMMAND_ARGUMENT 3   /* flash controller's base; digest */
#define COMMAND_WORDS 4

#define OP_END 0
#define OP_ERASE 1           /* the sector at ADDRESS, by the controller ARGUMENT */
#define OP_MASS_ERASE 2      /* the whole bank of the controller ARGUMENT */
#define OP_PROGRAM 3         /* SIZE bytes at ADDRESS; they follow, padded to whole words */
#define OP_DIGEST 4          /* of SIZE bytes at ADDRESS, put into ARGUMENT's place in the ring */
#define OP_CHECK 5           /* the same, compared with ARGUMENT */

#endif
