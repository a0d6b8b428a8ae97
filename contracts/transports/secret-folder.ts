/** The folder paths of the three layers, without a trailing slash. */
export const secretFolder = {
  shared: (folder: string) => `/shared/${folder}`,
  service: (service: string, folder: string) => `/services/${service}/${folder}`,
  machineClass: (machineClass: string) => `/machine-class/${machineClass}`,
} as const;
