using AuditConsole.Streams.Destinations.Sending;

namespace AuditConsole.Streams.Destinations.Google;

/// <summary>What BigQuery's reasons mean, of answers and of jobs alike.</summary>
internal static class BigQueryErrors
{
    /// <summary>What became of an attempt that an answer refused.</summary>
    public static DeliveryOutcome Refusal(Reply reply, BigQueryTable table) => reply.Failure ?? Of(reply, GoogleApi.ReasonOf(reply), reply.Body, table) ?? reply.Status switch
    {
        401 => reply.As(DeliveryVerdict.Retry, "Google no longer takes the token. The next attempt asks for a new one."),
        _ => reply.ByStatus(ServiceAccount.Field, BigQueryKind.Table),
    };

    /// <summary>What became of it by its reason; null for an unknown one.</summary>
    public static DeliveryOutcome? Of(Reply reply, string? reason, string message, BigQueryTable table) => reason switch
    {
        "accessDenied" => reply.As(
            DeliveryVerdict.Stop, $"The service account may not write to {table.Place}. Give it BigQuery Data Editor on the dataset and BigQuery Job User on the project.",
            ServiceAccount.Field),
        "notFound" => message.Contains("ataset", StringComparison.Ordinal)
            ? reply.As(DeliveryVerdict.Stop, $"There is no dataset {table.Dataset} in {table.Project} at {table.Location}. Create it, or correct its name or location.", BigQueryKind.Dataset)
            : reply.As(DeliveryVerdict.Stop, $"There is no table {table.Place}. Create it with the statement shown, or correct its name.", BigQueryKind.Table),
        "invalid" when message.Contains("schema", StringComparison.OrdinalIgnoreCase) || message.Contains("no such field", StringComparison.OrdinalIgnoreCase) =>
            reply.As(DeliveryVerdict.Stop, $"The table {table.Place} has other columns. Create it with the statement shown, or add what it lacks.", BigQueryKind.Table),
        "invalid" or "invalidQuery" => reply.As(DeliveryVerdict.BadData, "BigQuery can't read what was sent. Its answer says why."),
        "rateLimitExceeded" or "quotaExceeded" or "jobRateLimitExceeded" => reply.As(DeliveryVerdict.Retry, $"A quota of BigQuery is used up ({reason}). It is tried again later."),
        "backendError" or "internalError" or "jobBackendError" or "jobInternalError" or "tableUnavailable" or "stopped" or "timeout" =>
            reply.As(DeliveryVerdict.Retry, $"BigQuery has trouble of its own ({reason}). It is tried again later."),
        "billingNotEnabled" or "billingTierLimitExceeded" => reply.As(DeliveryVerdict.Stop, $"The project {table.Project} has no billing. Enable it.", BigQueryKind.Project),
        "requestTooLarge" or "rowTooLarge" => reply.As(DeliveryVerdict.TooLarge, "BigQuery takes no batch or row of this size."),
        _ => null,
    };
}
