/** What Infisical accepts as one segment of a folder path. */
export const isFolderName = (name: string) => /^[A-Za-z0-9_-]+$/.test(name);
