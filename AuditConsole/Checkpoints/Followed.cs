using AuditConsole.Core;
using AuditConsole.Integrity;

namespace AuditConsole.Checkpoints;

/// <summary>What the signing remembers of a tenant from one look to the next.</summary>
internal sealed class Followed(int tenant, Guid tenantId, string slug, long signed)
{
    private bool _wasLookedAt;
    private long _seen;
    private DateTimeOffset? _newsSince;
    private DateTimeOffset? _lastTry;

    public int Tenant => tenant;

    public Guid TenantId => tenantId;

    public string Slug => slug;

    /// <summary>The size of the newest stored checkpoint.</summary>
    public long Signed { get; private set; } = signed;

    /// <summary>Whether it is time to sign, or to say why not.</summary>
    public bool IsDue(ChainHead head, DateTimeOffset now, IntegrityOptions options, HighWater? mark)
    {
        if (!_wasLookedAt)
        {
            // After a start: what was appended before has waited, and what doesn't agree is to be said.
            _wasLookedAt = true;
            _seen = head.Size;
            if (mark is not null && (mark.Size != head.Size || mark.Chain != head.Hash) || mark is null && head.Size > 0 || Signed != head.Size)
            {
                _newsSince = DateTimeOffset.MinValue;
            }
        }
        if (head.Size > Signed && _newsSince is null)
        {
            _newsSince = now;
        }
        if (_newsSince is not { } since || now - _lastTry < CheckpointService.Pace)
        {
            return false;
        }
        return head.Size - Math.Max(_seen, Signed) >= options.CheckpointEntries || now - since >= TimeSpan.FromSeconds(options.CheckpointSeconds);
    }

    public void HasSigned(long size, DateTimeOffset now) => (Signed, _seen, _newsSince, _lastTry) = (size, size, null, now);

    // It is looked at again as if the news had just come.
    public void HasRefused(DateTimeOffset now) => (_newsSince, _lastTry) = (now, now);
}
