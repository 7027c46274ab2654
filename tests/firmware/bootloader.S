@ A bootloader that goes to the application at 0x08002000 and forgets SCB_VTOR.
    .syntax unified
    .cpu cortex-m3
    .thumb

    .section .bootloader, "ax", %progbits
    .word 0x20005000
    .word boot
    .rept 14
    .word boot_default_handler
    .endr

    .thumb_func
boot:
    ldr r0, =0x08002000
    ldr r1, [r0]
    mov sp, r1
    ldr r1, [r0, #4]
    bx r1

    .global boot_default_handler
    .thumb_func
boot_default_handler:
    b .
    .ltorg
