using System.CommandLine;
using System.Globalization;
using AuditConsole.Checkpoints;
using AuditConsole.Integrity;
using AuditConsole.Storage;
using AuditConsole.Tenants;

namespace AuditConsole.CommandLine;

/// <summary><c>verify</c>: walks the chains. It only reads, beside a server too.</summary>
internal sealed class VerifyCommand : ConsoleCommand
{
    private readonly Option<string?> _tenant;

    public VerifyCommand() : base(
        "verify", "Walks the hash chains, compares them with the signed checkpoints, names the first entry that does not hold, and compares the index and the stored tree with the entries.", "verify --tenant acme") =>
        _tenant = Optional("--tenant", "The tenant's slug; all tenants if left out.", "slug");

    public override bool Writes(ParseResult arguments) => false;

    public override async Task<int> RunAsync(ParseResult arguments, CommandContext context)
    {
        var slug = arguments.GetValue(_tenant);
        var tenants = slug is null
            ? await context.Get<TenantService>().ListAsync(context.CancellationToken)
            : [await CommandTenants.RequireAsync(context, slug)];
        var exit = ExitCode.Done;
        if (await context.Get<CheckpointReader>().TryOpenKeyAsync(context.CancellationToken) is { } problem)
        {
            await context.Error.WriteLineAsync($"The signatures of the checkpoints are not checked. {problem}");
        }
        foreach (var tenant in tenants)
        {
            var result = await context.Get<VerificationService>().VerifyAsync(tenant.Number, new Progress(tenant.Slug, context.Error), context.CancellationToken);
            if (result.Fault is { } fault)
            {
                await context.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{tenant.Slug}: entry #{fault.Sequence} does not hold. {fault.Reason}"));
                exit = ExitCode.Refused;
            }
            else
            {
                await context.Out.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tenant.Slug}: the chain of {result.Head.Size:N0} entries holds ({result.Entries:N0} hashed again, {(result.Withheld > 0 ? string.Create(CultureInfo.InvariantCulture, $"{result.Withheld:N0} of them withheld, ") : "")}{result.Base.Size + result.Purged:N0} purged), head {result.Head.Hash}"));
            }
            if (result.Fault is null && await context.Get<ITreeStore>().FindDamageAsync(tenant.Number, context.CancellationToken) is { } first)
            {
                await context.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tenant.Slug}: the stored Merkle tree from entry #{first} on is not that of the entries, so that new checkpoints and proofs would be wrong. Run: storage rebuild-index --tenant {tenant.Slug}"));
                exit = ExitCode.Refused;
            }
            foreach (var range in await context.Get<IEntryIndex>().FindDamageAsync(tenant.Number, context.CancellationToken))
            {
                await context.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tenant.Slug}: the index of the entries #{range.First} to #{range.Last} doesn't say what they say, so that filters may leave some out. Run: storage rebuild-index --tenant {tenant.Slug}"));
                exit = ExitCode.Refused;
            }
        }
        return exit;
    }

    /// <summary>A line for every so many places; small logs are done before there is anything to tell.</summary>
    private sealed class Progress(string tenant, TextWriter error) : IProgress<VerificationProgress>
    {
        private const long PlacesBetween = 100_000;
        private long _told;

        public void Report(VerificationProgress value)
        {
            if (value.Done - _told >= PlacesBetween)
            {
                _told = value.Done;
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tenant}: {value.Done:N0} of {value.Total:N0}"));
            }
        }
    }
}
