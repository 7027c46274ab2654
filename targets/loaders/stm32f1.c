/* Loader for the STM32F1's flash controller (PM0075), and parts that copy it.
 *
 * Position-independent, without data of its own. Started with the mailbox's address in r0 and a
 * stack; works through the commands in the ring (protocol.h) and ends in a breakpoint.
 */
#include <stdint.h>

#include "protocol.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* PM0075 section 3: offsets from the controller's base, 0x40022000 (bank 2 of XL parts: +0x40) */
#define FLASH_KEYR(base) REGISTER((base) + 0x04)
#define FLASH_SR(base) REGISTER((base) + 0x0C)
#define FLASH_CR(base) REGISTER((base) + 0x10)
#define FLASH_AR(base) REGISTER((base) + 0x14)
#define KEY1 0x45670123u
#define KEY2 0xCDEF89ABu
#define SR_BSY (1u << 0)
#define SR_PGERR (1u << 2)
#define SR_WRPRTERR (1u << 4)
#define SR_EOP (1u << 5)
#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_MER (1u << 2)
#define CR_STRT (1u << 6)
#define CR_LOCK (1u << 7)

#define CRC_DR REGISTER(0x40023000u) /* RM0008 4.4 */
#define CRC_CR REGISTER(0x40023008u)
#define CRC_CR_RESET (1u << 0)

#define RCC_AHBENR REGISTER(0x40021014u) /* RM0008 7.3.6 */
#define AHBENR_FLITFEN (1u << 4)
#define AHBENR_CRCEN (1u << 6)

#define IWDG_KR REGISTER(0x40003000u) /* RM0008 19.4.1; without effect where it does not run */
#define KR_RELOAD 0xAAAAu

/* The option byte WDG_SW can start the watchdog at reset, with 409 ms to go (RM0008 19.3.1). */
static inline void feed_watchdog(void)
{
    IWDG_KR = KR_RELOAD;
}

/* Where the ring's word number `at` / 4 is, once the host has put it there. */
static volatile uint32_t *word_at(volatile uint32_t *box, uint32_t at)
{
    while (box[BOX_WRITE] == at)
        feed_watchdog();
    return (volatile uint32_t *)(box[BOX_RING] + (at & box[BOX_MASK]));
}

static inline uint32_t wait_while_busy(uint32_t flash)
{
    uint32_t status;
    do
        status = FLASH_SR(flash);
    while (status & SR_BSY);
    return status & (SR_PGERR | SR_WRPRTERR);
}

static uint32_t fail(volatile uint32_t *box, uint32_t error, uint32_t address)
{
    box[BOX_ADDRESS] = address;
    box[BOX_ERROR] = error;
    return error;
}

static uint32_t flash_error(volatile uint32_t *box, uint32_t status, uint32_t address)
{
    return fail(box, status & SR_WRPRTERR ? ERROR_PROTECTED : ERROR_NOT_ERASED, address);
}

static uint32_t unlock(volatile uint32_t *box, uint32_t flash, uint32_t address)
{
    if (FLASH_CR(flash) & CR_LOCK) {
        FLASH_KEYR(flash) = KEY1;
        FLASH_KEYR(flash) = KEY2;
    }
    if (FLASH_CR(flash) & CR_LOCK)
        return fail(box, ERROR_LOCKED, address);
    wait_while_busy(flash);
    FLASH_SR(flash) = SR_PGERR | SR_WRPRTERR | SR_EOP; /* written 1 to clear */
    return ERROR_NONE;
}

static uint32_t erase(volatile uint32_t *box, uint32_t flash, uint32_t how, uint32_t address)
{
    FLASH_CR(flash) = how;
    FLASH_AR(flash) = address; /* a mass erase takes no notice of it */
    FLASH_CR(flash) = how | CR_STRT;
    uint32_t status = wait_while_busy(flash);
    return status ? flash_error(box, status, address) : ERROR_NONE;
}

/* The ring's words from `at` on; each is fetched while the half-word before is being programmed. */
static uint32_t program(volatile uint32_t *box, uint32_t flash, uint32_t address, uint32_t size,
                        uint32_t at)
{
    const uint32_t end = address + size;
    uint32_t status = 0;

    FLASH_CR(flash) = CR_PG;
    for (; address != end && !status; at += 4) {
        uint32_t word = *word_at(box, at);
        feed_watchdog();
        for (int half = 0; half < 2 && address != end; half++) {
            status = wait_while_busy(flash);
            if (status)
                break;
            *(volatile uint16_t *)address = (uint16_t)word;
            address += 2;
            word >>= 16;
            if (half == 0)
                box[BOX_READ] = at; /* all words before this one are in flash */
        }
    }
    if (!status)
        status = wait_while_busy(flash);
    return status ? flash_error(box, status, address - 2) : ERROR_NONE;
}

static uint32_t digest(uint32_t address, uint32_t size)
{
    const volatile uint32_t *from = (const volatile uint32_t *)address;
    const volatile uint32_t *end = from + size / 4;

    CRC_CR = CRC_CR_RESET;
    for (; end - from >= 4; from += 4) {
        CRC_DR = from[0];
        CRC_DR = from[1];
        CRC_DR = from[2];
        CRC_DR = from[3];
    }
    while (from != end)
        CRC_DR = *from++;
    return CRC_DR;
}

static uint32_t check(volatile uint32_t *box, uint32_t address, uint32_t size, uint32_t expected)
{
    box[BOX_VALUE] = digest(address, size);
    return box[BOX_VALUE] == expected ? ERROR_NONE : fail(box, ERROR_MISMATCH, address);
}

/* Erase or program, with the controller unlocked meanwhile. */
static uint32_t change(volatile uint32_t *box, uint32_t op, uint32_t address, uint32_t size,
                       uint32_t flash, uint32_t at)
{
    uint32_t error = unlock(box, flash, address);
    if (error)
        return error;
    feed_watchdog();
    if (op == OP_PROGRAM)
        error = program(box, flash, address, size, at);
    else
        error = erase(box, flash, op == OP_ERASE ? CR_PER : CR_MER, address);
    FLASH_CR(flash) = CR_LOCK;
    return error;
}

static uint32_t obey(volatile uint32_t *box, uint32_t op, uint32_t address, uint32_t size,
                     volatile uint32_t *argument, uint32_t at)
{
    feed_watchdog();
    switch (op) {
    case OP_ERASE:
    case OP_MASS_ERASE:
    case OP_PROGRAM:
        return change(box, op, address, size, *argument, at);
    case OP_DIGEST:
        *argument = digest(address, size);
        return ERROR_NONE;
    case OP_CHECK:
        return check(box, address, size, *argument);
    default:
        return fail(box, ERROR_NO_COMMAND, address);
    }
}

__attribute__((section(".entry"), noreturn)) void loader(volatile uint32_t *box)
{
    uint32_t at = 0;

    __asm__ volatile("cpsid i"); /* handlers are in the flash that is being changed */
    RCC_AHBENR |= AHBENR_CRCEN | AHBENR_FLITFEN;
    for (;;) {
        uint32_t op = *word_at(box, at + 4 * COMMAND_OP);
        uint32_t address = *word_at(box, at + 4 * COMMAND_ADDRESS);
        uint32_t size = *word_at(box, at + 4 * COMMAND_SIZE);
        volatile uint32_t *argument = word_at(box, at + 4 * COMMAND_ARGUMENT);

        at += 4 * COMMAND_WORDS;
        if (op == OP_END || obey(box, op, address, size, argument, at))
            break;
        if (op == OP_PROGRAM)
            at += (size + 3) & ~3u;
        box[BOX_READ] = at;
    }
    box[BOX_STATE] = STATE_ENDED;
    for (;;)
        __asm__ volatile("bkpt 0");
}
