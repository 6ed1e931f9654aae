/** Of the picture of an unfurled link, in pixels: what chats show without cutting. */
export const PICTURE_WIDTH = 1200
export const PICTURE_HEIGHT = 630
