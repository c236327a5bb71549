/// <reference types="vite/client" />

/** The version of the hub that this page was built for. */
declare const __MIH_VERSION__: string;
