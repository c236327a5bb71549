import { useQuery } from '@tanstack/react-query';
import { data, hub } from '../../api/client';
import type { components } from '../../api/generated/schema';

export type Operation = components['schemas']['Operation'];
export type OperationArgument = components['schemas']['OperationArgument'];

/** The operations of a SOAP service; the hub reads its WSDL for that. */
export function useOperations(service: string, enabled = true) {
  return useQuery({
    queryKey: ['operations', service],
    queryFn: async () => {
      const params = { path: { name: service } };
      const found = await data(hub.GET('/api/v1/services/{name}/operations', { params }));
      return (found.items ?? []) as Operation[];
    },
    enabled: enabled && service !== '',
    staleTime: 60_000,
  });
}

export function exampleOf(operation: Operation): string {
  return JSON.stringify(operation.example, null, 2);
}
